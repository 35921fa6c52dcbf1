using System.Globalization;
using Binlog.Service.Downstream;
using Binlog.Service.Drainer.Applying;
using Binlog.Service.Drainer.Applying.Large;
using Binlog.Service.Drainer.Applying.SchemaChanges;

namespace Binlog.Service.Drainer.Explaining;

/// <summary>Says what of the target holds applying back. The target is asked only when nothing has moved for a while.</summary>
internal sealed class TargetExplainer(ApplyProgress progress, ITargetWaits? waits)
{
    private const int ShownStatementLength = 200;

    private static readonly TimeSpan AsksAfter = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan BusyAfter = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BehindAfter = TimeSpan.FromSeconds(5);

    /// <summary>Adds what is found to <paramref name="reasons"/>.</summary>
    public async Task AddAsync(LagReport report, List<LagReason> reasons, CancellationToken cancellationToken)
    {
        DateTimeOffset since = progress.MovedAt > progress.Pause.EndedAt ? progress.MovedAt : progress.Pause.EndedAt;
        TimeSpan still = since == DateTimeOffset.MinValue ? TimeSpan.Zero : report.Now - since;
        bool hasWork = report.BacklogRecords > 0 && report.RelayedTs > report.AppliedTs && !progress.Pause.IsStill;
        if (progress.Desk.Held is { } held)
        {
            reasons.Add(Explain(held, progress.Failure ?? held.Reason, report.Now));
        }
        else if (progress.Failure is { } failure)
        {
            reasons.Add(new LagReason("target-failed", "target", $"The target can't be applied to: {failure}"));
        }

        SchemaChangeUnderWay? change = progress.SchemaChange;
        if ((hasWork && still >= AsksAfter) || progress.Failure is not null)
        {
            await AddWaitsAsync(reasons, cancellationToken);
        }

        if (change is not null)
        {
            reasons.Add(Explain(change, report.Now));
        }
        else if (progress.Large is { } large)
        {
            reasons.Add(Explain(large, report.Now));
        }
        else if (hasWork && still >= BusyAfter && reasons.Count == 0)
        {
            reasons.Add(new LagReason("target-busy", "target", string.Create(CultureInfo.InvariantCulture, $"The target has been executing the same transaction for {still.TotalSeconds:0} s, and no lock that it waits for is known.")) { Figures = new Dictionary<string, decimal> { ["seconds"] = Rounded(still.TotalSeconds) } });
        }

        // An idle target's checkpoint follows every few seconds only: that is no backlog.
        if (hasWork && report.LagOf(report.AppliedTs) - report.LagOf(report.RelayedTs) >= BehindAfter)
        {
            reasons.Add(ExplainBacklog(report));
        }
    }

    private async Task AddWaitsAsync(List<LagReason> reasons, CancellationToken cancellationToken)
    {
        if (waits is null)
        {
            return;
        }

        try
        {
            // Before the failure: the statement that gave up waiting is why the target can't be applied to.
            int at = progress.Failure is null ? reasons.Count : Math.Max(0, reasons.Count - 1);
            reasons.InsertRange(at, (await waits.FindAsync(cancellationToken)).Select(Explain));
        }
        catch (TargetException exception) when (progress.Failure is null)
        {
            reasons.Add(new LagReason("target-unknown", "target", $"What the target waits for can't be asked: {exception.Message}"));
        }
        catch (TargetException)
        {
            return;
        }
    }

    private static LagReason Explain(TargetWait wait)
    {
        bool isRow = wait.Table.Length > 0;
        string what = isRow ? $"a row of {wait.Table}" : "a table's definition";
        string who = wait.HoldingConnection == 0
            ? "a connection that isn't known holds it"
            : string.Create(CultureInfo.InvariantCulture, $"connection {wait.HoldingConnection}, {wait.Holder}, {(isRow ? "holds it" : "is the oldest that may hold it")} in a transaction that has been open for {wait.HoldingFor.TotalSeconds:0} s. End that transaction, or: KILL {wait.HoldingConnection}");
        return new LagReason(
            isRow ? "row-lock" : "definition-lock",
            isRow ? wait.Table : "target",
            string.Create(CultureInfo.InvariantCulture, $"The Drainer's connection {wait.WaitingConnection} has waited {wait.WaitingFor.TotalSeconds:0} s for the lock on {what}; {who}"))
        {
            Figures = new Dictionary<string, decimal>
            {
                ["waitingConnection"] = wait.WaitingConnection,
                ["holdingConnection"] = wait.HoldingConnection,
                ["waitingSeconds"] = Rounded(wait.WaitingFor.TotalSeconds),
                ["holdingSeconds"] = Rounded(wait.HoldingFor.TotalSeconds),
            },
        };
    }

    private static LagReason Explain(SchemaChangeUnderWay change, DateTimeOffset now)
    {
        double seconds = (now - change.Since).TotalSeconds;
        string query = change.Query.Length > ShownStatementLength ? $"{change.Query.AsSpan(0, ShownStatementLength)}…" : change.Query;
        return new LagReason("schema-change", "target", string.Create(CultureInfo.InvariantCulture, $"The target has been making the schema change of commit TS {change.CommitTs} (job {change.JobId}, {change.Type}) for {seconds:0} s; everything after it waits: {query}"))
        {
            Figures = new Dictionary<string, decimal> { ["commitTs"] = change.CommitTs, ["jobId"] = change.JobId, ["seconds"] = Rounded(seconds) },
        };
    }

    private static LagReason Explain(HeldSchemaChange held, string message, DateTimeOffset now) => new("schema-change-refused", "target", message)
    {
        Figures = new Dictionary<string, decimal> { ["commitTs"] = held.Change.CommitTs, ["jobId"] = held.Change.JobId, ["seconds"] = Rounded((now - held.Since).TotalSeconds) },
    };

    private static LagReason Explain(LargeTransactionUnderWay large, DateTimeOffset now)
    {
        double seconds = (now - large.Since).TotalSeconds;
        string doing = large.Stage switch
        {
            LargeStage.Verifying => "its checksum is compared, and earlier transactions are waited for",
            LargeStage.Executing => string.Create(CultureInfo.InvariantCulture, $"{large.Rows} rows are executed"),
            LargeStage.Ordering => "the target refused a key in the upstream's order, and rows that hand keys on are looked for",
            _ => string.Create(CultureInfo.InvariantCulture, $"all {large.Rows} rows are executed, and the target commits"),
        };
        return new LagReason("large-transaction", "target", string.Create(CultureInfo.InvariantCulture, $"The transaction of commit TS {large.CommitTs}, {large.Bytes} bytes, is applied in pieces since {seconds:0} s; everything after it waits: {doing}{(large.Attempt > 1 ? $" (attempt {large.Attempt})" : "")}."))
        {
            Figures = new Dictionary<string, decimal> { ["commitTs"] = large.CommitTs, ["bytes"] = large.Bytes, ["rows"] = large.Rows, ["attempt"] = large.Attempt, ["seconds"] = Rounded(seconds) },
        };
    }

    private static LagReason ExplainBacklog(LagReport report)
    {
        string end = report.SecondsToCatchUp is { } seconds
            ? string.Create(CultureInfo.InvariantCulture, $"at {report.Rate.RowsPerSecond:0} rows/s, {report.Rate.BytesPerSecond / 1024:0} KiB/s, that takes {seconds:0} s if nothing is added")
            : "nothing has been applied in the last seconds";
        return new LagReason("apply-backlog", "target", string.Create(CultureInfo.InvariantCulture, $"{report.BacklogRecords} records, {report.BacklogBytes} bytes, are in the relay log and not in the target yet: {end}."))
        {
            Figures = new Dictionary<string, decimal>
            {
                ["records"] = report.BacklogRecords,
                ["bytes"] = report.BacklogBytes,
                ["bytesPerSecond"] = Rounded(report.Rate.BytesPerSecond),
                ["rowsPerSecond"] = Rounded(report.Rate.RowsPerSecond),
            },
        };
    }

    private static decimal Rounded(double value) => Math.Round((decimal)value, 3);
}
