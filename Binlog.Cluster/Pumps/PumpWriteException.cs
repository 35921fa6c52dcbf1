namespace Binlog.Cluster.Pumps;

/// <summary>A Pump did not take a binlog.</summary>
public sealed class PumpWriteException : ClusterException
{
    internal PumpWriteException(string address, string detail, bool mayBeStored, bool canRetry, bool isTooLate, Exception? innerException)
        : base($"The Pump at {address} did not take the binlog: {detail}", innerException, canRetry)
    {
        Address = address;
        MayBeStored = mayBeStored;
        IsTooLate = isTooLate;
    }

    /// <summary>Address of the Pump.</summary>
    public string Address { get; }

    /// <summary>True when the answer is missing, so that the Pump may hold the binlog all the same.</summary>
    public bool MayBeStored { get; }

    /// <summary>True when there was no connection to the Pump and none came about: the binlog was not sent.</summary>
    public bool IsUnreached { get; init; }

    /// <summary>
    /// True when the Pump doesn't have this commit and has already said that it is complete up to a later one. It will never take it;
    /// the prewrite must be voided there, or it holds the Pump up.
    /// </summary>
    public bool IsTooLate { get; }
}
