namespace Binlog.Cluster.Etcd;

/// <summary>A lease has ended, and the keys bound to it are gone. Nothing was done.</summary>
internal sealed class EtcdLeaseNotFoundException(string message, Exception? innerException = null) : ClusterException(message, innerException, isTransient: true);
