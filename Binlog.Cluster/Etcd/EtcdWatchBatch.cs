using Binlog.Cluster.Contracts.Etcd;

namespace Binlog.Cluster.Etcd;

/// <summary>Changes of one range, in their order.</summary>
/// <param name="Range">Index of the range.</param>
/// <param name="Events">The changes; not empty.</param>
internal readonly record struct EtcdWatchBatch(int Range, IReadOnlyList<Event> Events);
