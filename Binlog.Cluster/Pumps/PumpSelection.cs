namespace Binlog.Cluster.Pumps;

/// <summary>Which Pump a prewrite is offered to first. Source: TiDB's Pump Client, strategies <c>range</c> and <c>hash</c>.</summary>
public enum PumpSelection
{
    /// <summary>One after the other.</summary>
    RoundRobin,

    /// <summary>By the start TS, so that a transaction that is sent again goes to the same Pump, which knows it.</summary>
    ByStartTs,
}
