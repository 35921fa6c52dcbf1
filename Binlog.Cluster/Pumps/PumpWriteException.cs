namespace Binlog.Cluster.Pumps;

/// <summary>A Pump did not take a binlog.</summary>
public sealed class PumpWriteException : ClusterException
{
    internal PumpWriteException(string address, string detail, bool mayBeStored, bool canRetry, Exception? innerException)
        : base($"The Pump at {address} did not take the binlog: {detail}", innerException, canRetry)
    {
        Address = address;
        MayBeStored = mayBeStored;
    }

    /// <summary>Address of the Pump.</summary>
    public string Address { get; }

    /// <summary>True when the answer is missing, so that the Pump may hold the binlog all the same.</summary>
    public bool MayBeStored { get; }
}
