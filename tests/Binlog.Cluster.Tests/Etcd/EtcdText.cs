using Binlog.Cluster.Contracts.Etcd;
using Binlog.Cluster.Etcd;
using Google.Protobuf;

namespace Binlog.Cluster.Tests.Etcd;

/// <summary>Short forms for tests that write and read text.</summary>
internal static class EtcdText
{
    /// <summary>Text as a key or a value.</summary>
    public static ByteString Bytes(string text) => ByteString.CopyFromUtf8(text);

    /// <summary>Reads one key; null when there is none.</summary>
    public static async Task<string?> GetAsync(this EtcdClient client, string key, CancellationToken cancellationToken) =>
        (await client.RangeAsync(EtcdOperations.RangeRequestOf(EtcdRange.OfKey(key)), cancellationToken)).Kvs.SingleOrDefault()?.Value.ToStringUtf8();

    /// <summary>Creates a key by a transaction; false when it was there.</summary>
    public static async Task<bool> TryCreateAsync(this EtcdClient client, string key, string value, CancellationToken cancellationToken) =>
        (await client.TxnAsync(new TxnRequest { Compare = { EtcdOperations.IsAtRevision(Bytes(key), 0) }, Success = { EtcdOperations.Put(Bytes(key), Bytes(value)) } }, cancellationToken)).Succeeded;

    /// <summary>Changes as text: <c>key=value</c>, or <c>key-</c> for a removal.</summary>
    public static IEnumerable<string> Texts(this EtcdWatchBatch batch) => batch.Events.Select(change =>
        change.Type == Event.Types.EventType.Delete ? $"{change.Kv.Key.ToStringUtf8()}-" : $"{change.Kv.Key.ToStringUtf8()}={change.Kv.Value.ToStringUtf8()}");
}
