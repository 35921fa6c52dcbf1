using Binlog.Service.Configuration;
using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Commands.Bench;

/// <summary>Options of <c>bench pull</c>.</summary>
internal sealed record BenchPullOptions
{
    public const int DefaultTransactions = 200_000;

    /// <summary>A Pump that runs already; null starts and fills one.</summary>
    public HostPort? Pump { get; init; }

    /// <summary>ID of the cluster of <see cref="Pump"/>.</summary>
    public ulong ClusterId { get; init; } = ClusterSettings.Id.Default;

    /// <summary>Transactions that a Pump started for it is filled with.</summary>
    public int Transactions { get; init; } = DefaultTransactions;

    /// <summary>Size of each in bytes, prewrite and commit together.</summary>
    public int SizeBytes { get; init; } = BenchWriteOptions.DefaultSizeBytes;

    public bool Json { get; init; }
}
