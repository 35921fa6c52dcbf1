using Binlog.Service.Configuration;
using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Commands.Bench;

/// <summary>Options of <c>bench write</c>.</summary>
internal sealed record BenchWriteOptions
{
    public const int DefaultWriters = 64;
    public const int DefaultSizeBytes = 300;
    public const int DefaultSeconds = 10;

    /// <summary>Pumps that run already; none starts one.</summary>
    public IReadOnlyList<HostPort> Pumps { get; init; } = [];

    /// <summary>ID of the cluster of <see cref="Pumps"/>.</summary>
    public ulong ClusterId { get; init; } = ClusterSettings.Id.Default;

    /// <summary>Writers that each wait for their acknowledgement before they go on.</summary>
    public int Writers { get; init; } = DefaultWriters;

    /// <summary>Size of a transaction's two binlogs together.</summary>
    public int SizeBytes { get; init; } = DefaultSizeBytes;

    public int Seconds { get; init; } = DefaultSeconds;

    public bool Json { get; init; }
}
