namespace Binlog.ClusterKit.TiKv;

/// <summary>Keys in TiKV's order: byte by byte.</summary>
internal sealed class ByteOrder : IComparer<byte[]>
{
    public static readonly ByteOrder Instance = new();

    public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
}
