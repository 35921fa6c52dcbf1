namespace Binlog.Cluster;

/// <summary>The cluster's registry, TSO or Pumps failed or refused. The message says what, where, and what to do.</summary>
public class ClusterException : Exception
{
    /// <summary>Creates the error.</summary>
    public ClusterException(string message, Exception? innerException = null, bool isTransient = false)
        : base(message, innerException) => IsTransient = isTransient;

    /// <summary>Whether trying again later can help.</summary>
    public bool IsTransient { get; }
}
