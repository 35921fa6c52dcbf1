namespace Binlog.Service.Pump.Leaving;

/// <summary>What leaving asks of the Pump's store. Thread-safe.</summary>
internal interface ILeavingStore
{
    /// <summary>Whether everything that is written has been put in order at this moment.</summary>
    bool IsSorted { get; }

    /// <summary>Everything at or below this commit TS (TSO) is complete.</summary>
    ulong MaxCommitTs { get; }

    /// <summary>What keeps the order from being complete, a sentence; null when everything that was sorted is decided and has come out.</summary>
    string? OrderProblem { get; }
}
