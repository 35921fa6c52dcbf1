using Binlog.Cluster.Contracts.Etcd;
using Google.Protobuf;

namespace Binlog.Cluster.Etcd;

/// <summary>Parts of a transaction: what must hold, and what is done then or else.</summary>
internal static class EtcdOperations
{
    /// <summary>The key's newest write is the one at this revision; 0: the key doesn't exist.</summary>
    public static Compare IsAtRevision(ByteString key, long revision) =>
        new() { Target = Compare.Types.CompareTarget.Mod, Result = Compare.Types.CompareResult.Equal, Key = key, ModRevision = revision };

    /// <summary>The key exists.</summary>
    public static Compare Exists(ByteString key) =>
        new() { Target = Compare.Types.CompareTarget.Mod, Result = Compare.Types.CompareResult.Greater, Key = key, ModRevision = 0 };

    /// <summary>The key doesn't exist.</summary>
    public static Compare IsAbsent(ByteString key) =>
        new() { Target = Compare.Types.CompareTarget.Create, Result = Compare.Types.CompareResult.Equal, Key = key, CreateRevision = 0 };

    /// <summary>The key was written so often since its creation.</summary>
    public static Compare HasVersion(ByteString key, long version) =>
        new() { Target = Compare.Types.CompareTarget.Version, Result = Compare.Types.CompareResult.Equal, Key = key, Version = version };

    /// <summary>The key exists and has this value.</summary>
    public static Compare HasValue(ByteString key, ByteString value) =>
        new() { Target = Compare.Types.CompareTarget.Value, Result = Compare.Types.CompareResult.Equal, Key = key, Value = value };

    /// <summary>The key exists and is bound to this lease.</summary>
    public static Compare IsBoundTo(ByteString key, long lease) =>
        new() { Target = Compare.Types.CompareTarget.Lease, Result = Compare.Types.CompareResult.Equal, Key = key, Lease = lease };

    /// <summary>Writes a key.</summary>
    public static RequestOp Put(ByteString key, ByteString value, long lease = 0) => new() { RequestPut = new PutRequest { Key = key, Value = value, Lease = lease } };

    /// <summary>Removes a key.</summary>
    public static RequestOp Delete(ByteString key) => new() { RequestDeleteRange = new DeleteRangeRequest { Key = key } };

    /// <summary>Reads keys.</summary>
    public static RequestOp Get(EtcdRange range, long limit = 0) => new() { RequestRange = RangeRequestOf(range, limit) };

    /// <summary>Reads one key.</summary>
    public static RequestOp Get(ByteString key) => Get(new EtcdRange(key, ByteString.Empty));

    /// <summary>A request to read keys.</summary>
    public static RangeRequest RangeRequestOf(EtcdRange range, long limit = 0, long revision = 0) =>
        new() { Key = range.Start, RangeEnd = range.End, Limit = limit, Revision = revision };
}
