namespace Binlog.Cluster.Pumps;

/// <summary>Which of the available Pumps a prewrite is offered to first.</summary>
public enum PumpStrategy
{
    /// <summary>One after the other. TiDB's <c>range</c>.</summary>
    Range,

    /// <summary>By the start TS: while the available Pumps are the same, a transaction's Pump is too. TiDB's <c>hash</c>.</summary>
    Hash,

    /// <summary>The one with the fewest bytes under way, then the fewest calls, then the lowest recent latency.</summary>
    LeastLoaded,
}
