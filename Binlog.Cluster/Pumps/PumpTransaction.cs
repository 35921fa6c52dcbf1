namespace Binlog.Cluster.Pumps;

/// <summary>A transaction whose prewrite binlog is durable on a Pump, and whose outcome that Pump waits for.</summary>
public sealed class PumpTransaction
{
    internal PumpTransaction(ulong startTs, PumpEndpoint pump)
    {
        StartTs = startTs;
        Pump = pump;
    }

    /// <summary>Start TS (TSO) of the transaction.</summary>
    public ulong StartTs { get; }

    /// <summary>Address of the Pump that holds the prewrite.</summary>
    public string PumpAddress => Pump.Address;

    internal PumpEndpoint Pump { get; }
}
