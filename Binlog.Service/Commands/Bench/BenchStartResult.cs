namespace Binlog.Service.Commands.Bench;

/// <summary>What <c>bench start</c> measured.</summary>
internal sealed record BenchStartResult
{
    /// <summary>Transactions that the store was filled with.</summary>
    public required int Transactions { get; init; }

    /// <summary>Bytes of their binlogs.</summary>
    public required long BinlogBytes { get; init; }

    /// <summary>Bytes of the store at the end; a few more transactions are in it then.</summary>
    public required long DiskBytes { get; init; }

    /// <summary>Start without an index.</summary>
    public required TimeSpan Rebuilt { get; init; }

    /// <summary>Start after a clean stop; median.</summary>
    public required TimeSpan AfterCleanStop { get; init; }

    /// <summary>Start after SIGKILL under load; median.</summary>
    public required TimeSpan AfterKill { get; init; }

    /// <summary>The last process's cost; null when it can't say.</summary>
    public ProcessUsage? UsageAfter { get; init; }

    private IReadOnlyList<BenchFigure> Figures =>
    [
        new("transactions", "transactions", Transactions),
        new("binlogBytes", "bytes of binlogs", BinlogBytes),
        new("diskBytes", "bytes on disk", DiskBytes),
        new("rebuildSeconds", "start, index made anew", Rebuilt.TotalSeconds, " s"),
        new("afterCleanStopSeconds", "start after a clean stop", AfterCleanStop.TotalSeconds, " s"),
        new("afterKillSeconds", "start after SIGKILL", AfterKill.TotalSeconds, " s"),
        new("serverRssMiB", "resident memory", (UsageAfter?.ResidentBytes ?? 0) / (1024.0 * 1024.0), " MiB"),
    ];

    /// <summary>Shows the result: as a table, or as one JSON object on one line.</summary>
    public void Write(bool json, TextWriter output) => FigureReport.Write(Figures, json, output);
}
