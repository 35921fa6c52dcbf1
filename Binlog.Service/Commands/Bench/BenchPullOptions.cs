using Binlog.Service.Configuration;
using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Commands.Bench;

/// <summary>Options of <c>bench pull</c>.</summary>
internal sealed record BenchPullOptions
{
    /// <summary>A Pump that runs already; null starts and fills one.</summary>
    public HostPort? Pump { get; init; }

    /// <summary>ID of the cluster of <see cref="Pump"/>.</summary>
    public ulong ClusterId { get; init; } = HostSettings.ClusterId.Default;

    public bool Json { get; init; }
}
