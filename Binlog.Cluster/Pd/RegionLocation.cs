using Binlog.Cluster.Contracts.Meta;

namespace Binlog.Cluster.Pd;

/// <summary>A region as PD knows it.</summary>
/// <param name="Region">Its bounds, epoch and peers.</param>
/// <param name="Leader">The peer that reads are sent to; null when PD doesn't know it at present.</param>
internal sealed record RegionLocation(Region Region, Peer? Leader);
