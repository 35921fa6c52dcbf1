namespace Binlog.Cluster.Etcd;

/// <summary>A revision of the past was asked for that etcd no longer has: the present state has to be read instead.</summary>
internal sealed class EtcdCompactedException(string message, Exception? innerException = null) : ClusterException(message, innerException, isTransient: true);
