using System.Text.Json;
using Binlog.RelayLog;
using Binlog.Service.Hosting;
using Binlog.Service.Pump.Sorting;
using Binlog.Service.Pump.Storage;
using Binlog.Service.Tests.Pump;
using Binlog.Service.Tests.Pump.Storage;

namespace Binlog.Service.Tests.Commands.Inspect;

/// <summary>Records of a Pump's store that hold no binlog: who decided a transaction, and what was removed.</summary>
public sealed class DumpOwnRecordsTests : IDisposable
{
    private static readonly DateTimeOffset At = new(2024, 4, 11, 9, 12, 44, TimeSpan.Zero);

    private readonly TemporaryDirectory _directory = new();

    private string Store => _directory.Combine("pump");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Dump_Json_TellsWhoDecidedAndWhatMayBeRemoved()
    {
        await FillAsync();

        (int exitCode, List<JsonElement> lines) = await InspectRun.LinesAsync("dump", Store);

        Assert.Equal(ExitCode.Ok, exitCode);
        Assert.Equal(["prewrite", "note", "commit", "note", "rollback", "retention"], lines.Select(line => line.GetProperty("kind").GetString()));
        Assert.All(lines.Skip(1), line => Assert.False(line.TryGetProperty("problem", out JsonElement problem), problem.ToString()));
        Assert.Equal(
            """{"outcome":"commit","commitTs":25,"commitTime":"1970-01-01T00:00:00.000Z","by":"ops@host","reason":"asked TiKV","at":"2024-04-11T09:12:44+00:00"}""",
            lines[1].GetProperty("decision").GetRawText());
        Assert.Equal("""{"outcome":"rollback","by":"ops@host","reason":"never committed","at":"2024-04-11T09:12:44+00:00"}""", lines[3].GetProperty("decision").GetRawText());
        Assert.Equal(
            """{"limitTs":25,"limitTime":"1970-01-01T00:00:00.000Z","maxCommitTs":27,"sortedSegment":1,"sortedOffset":512,"undecided":[30,31]}""",
            lines[5].GetProperty("retention").GetRawText());
    }

    [Fact]
    public async Task Dump_Text_TellsWhoDecidedAndWhatMayBeRemoved()
    {
        await FillAsync();

        (int _, string text, string _) = await InspectRun.RunAsync("dump", Store);

        Assert.Contains("  decided: committed at 25 (1970-01-01T00:00:00.000Z), by ops@host at 2024-04-11T09:12:44Z: asked TiKV", text, StringComparison.Ordinal);
        Assert.Contains("  decided: rolled back, by ops@host at 2024-04-11T09:12:44Z: never committed", text, StringComparison.Ordinal);
        Assert.Contains("  may be removed: everything up to 25 (1970-01-01T00:00:00.000Z); sorted then: up to 1:512, max commit TS 27, undecided: 30, 31", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dump_OfATable_LeavesThemOut()
    {
        await FillAsync();

        (int exitCode, List<JsonElement> lines) = await InspectRun.LinesAsync("dump", Store, "--table", "55");

        Assert.Equal(ExitCode.Ok, exitCode);
        Assert.DoesNotContain(lines, line => line.GetProperty("kind").GetString() is "note" or "retention");
    }

    [Fact]
    public async Task Dump_NotWhatTheyShouldBe_SaysSo()
    {
        await using (StoredLog log = await StoredLog.OpenAsync(Store, StoreDriver.ClusterId))
        {
            await log.AppendAsync(PumpRecordKind.Note, 20, 0, [1, 2, 3]);
            await log.AppendAsync(PumpRecordKind.Retention, 0, 25, new byte[40]);
        }

        (int exitCode, List<JsonElement> lines) = await InspectRun.LinesAsync("dump", Store);

        Assert.Equal(ExitCode.Ok, exitCode);
        Assert.Contains("a note in JSON", lines[0].GetProperty("problem").GetString(), StringComparison.Ordinal);
        Assert.Contains("a retention record of version 0", lines[1].GetProperty("problem").GetString(), StringComparison.Ordinal);
    }

    private async Task FillAsync()
    {
        await using StoredLog log = await StoredLog.OpenAsync(Store, StoreDriver.ClusterId);
        await log.AppendAsync(PumpRecordKind.Prewrite, 20, 0, TestBinlogs.Prewrite(20));
        await log.AppendAsync(PumpRecordKind.Note, 20, 0, DecisionNote.Write(new TransactionDecision(20, 25, "ops@host", "asked TiKV", At)));
        await log.AppendAsync(PumpRecordKind.Commit, 20, 25, TestBinlogs.Commit(20, 25));
        await log.AppendAsync(PumpRecordKind.Note, 22, 0, DecisionNote.Write(new TransactionDecision(22, null, "ops@host", "never committed", At)));
        await log.AppendAsync(PumpRecordKind.Rollback, 22, 0, TestBinlogs.Rollback(22));
        await log.AppendAsync(PumpRecordKind.Retention, 0, 25, RetentionPayload.Write(new OrderSnapshot(25, 27, new LogPosition(1, 512), [30, 31])));
    }
}
