namespace Binlog.Cluster.Pumps;

/// <summary>A Pump did not take a binlog.</summary>
public sealed class PumpWriteException : ClusterException
{
    internal PumpWriteException(string address, string detail, bool isTransient, Exception? innerException = null)
        : base($"The Pump at {address} did not take the binlog: {detail}", innerException, isTransient)
    {
        Address = address;
        Detail = detail;
    }

    /// <summary>Address of the Pump.</summary>
    public string Address { get; }

    /// <summary>True when the answer is missing, so that the Pump may hold the binlog all the same.</summary>
    public bool MayBeStored { get; init; }

    /// <summary>True when there was no connection to the Pump and none came about: the binlog was not sent.</summary>
    public bool IsUnreached { get; init; }

    /// <summary>
    /// True when the Pump will never take this commit: it has already said that it is complete up to a later one, has rolled the transaction back, or has
    /// another transaction at that commit TS. A prewrite that it holds stays undecided there until it is rolled back, and holds the Pump up.
    /// </summary>
    public bool IsTooLate { get; init; }

    /// <summary>What the Pump said, or what happened instead.</summary>
    internal string Detail { get; }

    /// <summary>The Pump says that it takes no new transactions now: its disk is full, or it isn't online.</summary>
    internal bool IsRefusingNew { get; init; }

    /// <summary>The Pump's side or the network failed, not this binlog.</summary>
    internal bool IsPumpsFault { get; init; }

    /// <summary>The message is longer than one of the two sides allows.</summary>
    internal bool IsTooLarge { get; init; }

    /// <summary>The Pump, or what is in front of it, asks for another connection.</summary>
    internal bool IsUnavailable { get; init; }
}
