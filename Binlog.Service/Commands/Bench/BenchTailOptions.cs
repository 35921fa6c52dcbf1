using Binlog.Service.Configuration;
using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Commands.Bench;

/// <summary>The command line of <c>bench tail</c>.</summary>
internal sealed record BenchTailOptions
{
    public const int DefaultRate = 200;
    public const int DefaultSeconds = 10;

    /// <summary>A running Pump; null starts one.</summary>
    public HostPort? Pump { get; init; }

    /// <summary>ID of its cluster.</summary>
    public ulong ClusterId { get; init; } = ClusterSettings.Id.Default;

    /// <summary>Transactions per second.</summary>
    public int Rate { get; init; } = DefaultRate;

    /// <summary>How long to measure, in seconds.</summary>
    public int Seconds { get; init; } = DefaultSeconds;

    /// <summary>One JSON object instead of a table.</summary>
    public bool Json { get; init; }
}
