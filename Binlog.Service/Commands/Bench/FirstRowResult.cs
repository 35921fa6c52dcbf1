namespace Binlog.Service.Commands.Bench;

/// <summary>What <c>bench first-row</c> measured.</summary>
/// <param name="Transactions">Transactions that waited at each start.</param>
/// <param name="ToReady">From the start of the process until it said that it is online, for each start.</param>
/// <param name="ToFirstRow">From there until the first row was seen.</param>
internal sealed record FirstRowResult(int Transactions, IReadOnlyList<TimeSpan> ToReady, IReadOnlyList<TimeSpan> ToFirstRow)
{
    private IReadOnlyList<BenchFigure> Figures =>
    [
        new("transactions", "transactions that waited", Transactions),
        new("rounds", "starts", ToReady.Count),
        new("toReadyMs", "process start to online, median", Median(ToReady).TotalMilliseconds, " ms"),
        new("toFirstRowMs", "online to first row, median", Median(ToFirstRow).TotalMilliseconds, " ms"),
        new("toFirstRowLeastMs", "online to first row, shortest", ToFirstRow.Min().TotalMilliseconds, " ms"),
        new("toFirstRowMostMs", "online to first row, longest", ToFirstRow.Max().TotalMilliseconds, " ms"),
    ];

    /// <summary>Shows the result: as a table, or as one JSON object on one line.</summary>
    public void Write(bool json, TextWriter output) => FigureReport.Write(Figures, json, output);

    private static TimeSpan Median(IReadOnlyList<TimeSpan> times) => times.Order().ElementAt(times.Count / 2);
}
