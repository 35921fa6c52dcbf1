using Binlog.Cluster.Pd;
using Binlog.Cluster.TiKv;

namespace Binlog.Service.Membership;

/// <summary>The storage of the TiDB cluster that writes the binlogs.</summary>
/// <param name="Pd">Where regions are, and up to where old versions have been removed.</param>
/// <param name="TiKv">What is stored.</param>
internal sealed record UpstreamStorage(PdClient Pd, TiKvClient TiKv);
