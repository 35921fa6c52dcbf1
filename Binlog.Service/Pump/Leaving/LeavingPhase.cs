namespace Binlog.Service.Pump.Leaving;

/// <summary>How far a Pump that leaves the cluster is.</summary>
internal enum LeavingPhase
{
    /// <summary>Writes that were let in before are being finished.</summary>
    Finishing,

    /// <summary>Transactions of this Pump have no outcome yet.</summary>
    Deciding,

    /// <summary>Drainers lack binlogs of this Pump.</summary>
    Delivering,

    /// <summary>Nobody needs this Pump any more.</summary>
    Done,
}
