using Binlog.Cluster.Contracts.Etcd;

namespace Binlog.Cluster.Etcd;

/// <summary>Keys of several ranges, all as they were at one moment.</summary>
/// <param name="Revision">The store's revision at that moment.</param>
/// <param name="Ranges">For each range its keys, in order.</param>
internal sealed record EtcdListing(long Revision, IReadOnlyList<IReadOnlyList<KeyValue>> Ranges);
