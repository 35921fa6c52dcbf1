using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Configuration;

/// <summary>How the Drainer applies.</summary>
internal sealed record ApplyOptions
{
    /// <summary>Transactions of the target under way at a time.</summary>
    public int Workers { get; init; } = (int)ApplySettings.Workers.Default;

    /// <summary>Most upstream transactions in one of them.</summary>
    public int BatchTransactions { get; init; } = (int)ApplySettings.BatchTransactions.Default;

    /// <summary>Rows from which on no further upstream transaction joins.</summary>
    public int BatchRows { get; init; } = (int)ApplySettings.BatchRows.Default;

    /// <summary>What a reader of the target may see.</summary>
    public ApplyConsistency Consistency { get; init; } = ApplySettings.Consistency.Default;

    /// <summary>Whether the target may hold rows already, or lack some.</summary>
    public bool SafeMode { get; init; } = ApplySettings.SafeMode.Default;
}
