using Binlog.Service.Configuration;

namespace Binlog.Service.Commands.Bench;

/// <summary>Options of <c>bench pull</c>.</summary>
internal sealed record BenchPullOptions
{
    /// <summary>A Pump that runs already; null starts and fills one.</summary>
    public HostPort? Pump { get; init; }

    public bool Json { get; init; }
}
