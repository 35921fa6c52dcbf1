namespace Binlog.Cluster.Etcd;

/// <summary>What etcd says of a lease.</summary>
/// <param name="Id">Its ID.</param>
/// <param name="TimeToLive">How long it lasts from now on; zero: it has ended.</param>
/// <param name="RaftTerm">Term of the leader that said so, as far as the member that answered knows.</param>
internal readonly record struct EtcdLease(long Id, TimeSpan TimeToLive, ulong RaftTerm);
