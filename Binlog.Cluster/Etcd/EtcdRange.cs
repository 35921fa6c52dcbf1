using Google.Protobuf;

namespace Binlog.Cluster.Etcd;

/// <summary>Keys of etcd that lie together.</summary>
/// <param name="Start">The first key.</param>
/// <param name="End">The first key that is not meant; empty means <paramref name="Start"/> alone.</param>
internal readonly record struct EtcdRange(ByteString Start, ByteString End)
{
    /// <summary>All keys that begin so.</summary>
    public static EtcdRange OfPrefix(string prefix)
    {
        ArgumentException.ThrowIfNullOrEmpty(prefix);
        ByteString start = ByteString.CopyFromUtf8(prefix);
        byte[] end = start.ToByteArray();

        // UTF-8 has no byte 0xff: the last one can always be counted up.
        end[^1]++;
        return new EtcdRange(start, UnsafeByteOperations.UnsafeWrap(end));
    }

    /// <summary>One key.</summary>
    public static EtcdRange OfKey(string key) => new(ByteString.CopyFromUtf8(key), ByteString.Empty);

    /// <summary>What lies behind a key of this range.</summary>
    public EtcdRange After(ByteString key)
    {
        byte[] next = new byte[key.Length + 1];
        key.CopyTo(next, 0);
        return this with { Start = UnsafeByteOperations.UnsafeWrap(next) };
    }

    /// <summary>The first key as text.</summary>
    public override string ToString() => Start.ToStringUtf8() + (End.IsEmpty ? "" : "*");
}
