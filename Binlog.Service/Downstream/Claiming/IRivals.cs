namespace Binlog.Service.Downstream.Claiming;

/// <summary>Who else may replicate into a target. One caller at a time.</summary>
internal interface IRivals
{
    /// <summary>Looks at the cluster's Drainers once; what is known of their lives comes from earlier looks too.</summary>
    /// <exception cref="Cluster.ClusterException">The registry can't be reached or refuses.</exception>
    Task<IReadOnlyList<Rival>> LookAsync(CancellationToken cancellationToken);
}
