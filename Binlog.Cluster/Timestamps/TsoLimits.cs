namespace Binlog.Cluster.Timestamps;

/// <summary>Bounds of a TSO.</summary>
public static class TsoLimits
{
    /// <summary>
    /// The greatest timestamp that is accepted from outside, in the year 2527. A greater one can only be a mistake, and would
    /// leave no room above it: the cluster's timestamps follow the greatest that was seen.
    /// </summary>
    public const ulong Max = 1UL << 62;
}
