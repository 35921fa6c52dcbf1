using Binlog.RelayLog.Format;

namespace Binlog.RelayLog.Tests.Support;

/// <summary>A payload that is handed out in pieces; may fail, or give other bytes than its checksum says.</summary>
internal sealed class PiecedPayload(byte[] bytes) : IPayloadSource
{
    public int Length => bytes.Length;

    public uint Checksum { get; init; } = Crc32C.Compute(bytes);

    /// <summary>Runs before each piece; may throw.</summary>
    public Action<int>? Before { get; init; }

    /// <summary>The largest piece that was asked for.</summary>
    public int LargestPiece { get; private set; }

    public void Read(Span<byte> target, int offset)
    {
        Before?.Invoke(offset);
        LargestPiece = Math.Max(LargestPiece, target.Length);
        bytes.AsSpan(offset, target.Length).CopyTo(target);
    }
}
