namespace Binlog.Cluster.Etcd;

/// <summary>
/// A write was sent and no answer came: it was done, it will be done when the member that has it goes on, or never. The one who wrote finds out by
/// reading, and repeats only what is bound to a revision, so that it can't be done twice and not after something later.
/// </summary>
internal sealed class EtcdOutcomeUnknownException(string message, Exception? innerException = null) : ClusterException(message, innerException, isTransient: true);
