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
}
