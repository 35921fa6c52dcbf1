using System.Globalization;
using Binlog.RelayLog;
using Binlog.Service.Commands;
using Binlog.Service.Commands.Inspect;
using Binlog.Service.Commands.RelayLogs;
using Binlog.Service.Hosting;
using Binlog.Service.Tests.Commands.Inspect;
using Binlog.Service.Tests.Drainer;
using Binlog.Service.Tests.Drainer.Applying;
using Binlog.Service.Tests.EndToEnd;

namespace Binlog.Service.Tests.Commands.RelayLogs;

/// <summary><c>binlogd relay apply</c> with the relay log of a Drainer that is gone, into SQLite.</summary>
public sealed class RelayApplyTests : CommandLineTest, IAsyncLifetime
{
    private const int Binlogs = 250;

    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private static readonly VerbHandlers Handlers = new() { RelayApply = RelayApplyHandler.RunAsync };

    private RecordedRelay _recorded = null!;

    private string Relay => _recorded.Relay.Directory;

    public async ValueTask InitializeAsync()
    {
        _recorded = await RecordedRelay.CreateAsync(Binlogs);
        await _recorded.Relay.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _recorded.DisposeAsync();
        Dispose();
    }

    /// <summary>The page of the manual shows just what this prints.</summary>
    [Fact]
    public async Task Apply_EmptyTarget_GetsEverythingAndSaysWhereItIs()
    {
        Assert.Equal(ExitCode.Ok, await ApplyAsync());

        Assert.Empty(Error);
        Assert.Contains($"The target is at commit TS {TsText.Full(_recorded.LastCommitTs)}, the last durable one of the relay log in {Relay}.", Output, StringComparison.Ordinal);
        string[] page = await File.ReadAllLinesAsync(Path.Combine(Repository.Root, "docs", "operations", "relay-log.md"), Token);
        string example = page.SkipWhile(line => !line.StartsWith("$ binlogd relay apply", StringComparison.Ordinal)).ElementAt(1);
        Assert.Equal(example, Output.Trim().Replace(Relay, "/var/lib/binlog/relay", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Apply_AgainAtTheEnd_SaysSo()
    {
        await ApplyAsync();
        Assert.Equal(ExitCode.Ok, await ApplyAsync());

        Assert.EndsWith($"There was nothing to apply. The target is at commit TS {TsText.Full(_recorded.LastCommitTs)}, the last durable one of the relay log in {Relay}.", Output.Trim(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_DamagedInTheMiddle_AppliesWhatComesBeforeAndNamesThePlace()
    {
        List<(LogPosition Position, ulong Sequence, RecordTag Tag)> records = InspectRun.Records(Relay);
        int middle = records.Count / 2;
        InspectRun.Damage(Relay, records[middle].Position);

        Assert.Equal(ExitCode.Failed, await ApplyAsync());

        Assert.Contains($"Not everything is applied: the target is at commit TS {TsText.Full(records[middle - 1].Tag.CommitTs)}", Error, StringComparison.Ordinal);
        Assert.Contains($"the relay log goes up to {TsText.Full(_recorded.LastCommitTs)}", Error, StringComparison.Ordinal);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{InspectRun.PathOf(Relay, records[middle].Position.Segment)} is damaged at byte {records[middle].Position.Offset}"), Error, StringComparison.Ordinal);
        Assert.Empty(Output);
    }

    [Fact]
    public async Task Apply_GapOfARepair_AppliesWhatComesBeforeAndNamesIt()
    {
        List<(LogPosition Position, ulong Sequence, RecordTag Tag)> records = InspectRun.Records(Relay);
        int middle = records.Count / 2;
        InspectRun.Damage(Relay, records[middle].Position);
        using (LogRepair repair = await LogRepair.BeginAsync(new LogRepairOptions { Directory = Relay, CommitTsAscends = true }, null, Token))
        {
            Assert.NotNull(repair.Apply(null, Token));
        }

        Assert.Equal(ExitCode.Failed, await ApplyAsync());

        Assert.Contains($"the target is at commit TS {TsText.Full(records[middle - 1].Tag.CommitTs)}", Error, StringComparison.Ordinal);
        Assert.Contains($"from sequence {records[middle].Sequence} on", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_LostItsEnd_AppliesWhatIsLeftAndDoesNotCallItTheLast()
    {
        List<(LogPosition Position, ulong Sequence, RecordTag Tag)> records = InspectRun.Records(Relay);
        using (FileStream file = File.Open(InspectRun.PathOf(Relay, records[^1].Position.Segment), FileMode.Open))
        {
            file.SetLength(records[^1].Position.Offset);
        }

        Assert.Equal(ExitCode.Failed, await ApplyAsync());

        Assert.Contains($"The target is at commit TS {TsText.Full(records[^2].Tag.CommitTs)}, but the relay log in {Relay} has lost its end", Error, StringComparison.Ordinal);
        Assert.Empty(Output);
    }

    [Fact]
    public async Task Apply_DrainerRuns_Refused()
    {
        await using SegmentedLog held = await SegmentedLog.OpenAsync(new SegmentedLogOptions { Directory = Relay, ClusterId = 1 }, Token);

        Assert.Equal(ExitCode.Failed, await ApplyAsync());

        Assert.Contains(Relay, Error, StringComparison.Ordinal);
        Assert.Contains($"{System.Environment.ProcessId}", Error, StringComparison.Ordinal);
        Assert.False(File.Exists(PathOf("target.db")));
    }

    [Fact]
    public async Task Apply_BeginningIsGoneForAnEmptyTarget_RefusedAndNothingApplied()
    {
        await using (SegmentedLog log = await SegmentedLog.OpenAsync(new SegmentedLogOptions { Directory = Relay, ClusterId = 1 }, Token))
        {
            await log.ApplyRetentionAsync(new RetentionPolicy { KeepFrom = new LogPosition(3, 0) }, Token);
        }

        Assert.Equal(ExitCode.Failed, await ApplyAsync());

        Assert.Contains("begins only after commit TS", Error, StringComparison.Ordinal);
        Assert.Empty(Output);
    }

    [Fact]
    public async Task Apply_EmptyLog_SaysSo()
    {
        Directory.CreateDirectory(PathOf("data/relay"));

        Assert.Equal(ExitCode.Ok, await ApplyAsync(PathOf("data")));

        Assert.Equal($"The relay log in {PathOf("data/relay")} is empty: there is nothing to apply.", Output.Trim());
    }

    [Fact]
    public async Task Apply_NoRelayLog_Refused()
    {
        Assert.Equal(ExitCode.Failed, await ApplyAsync(PathOf("other")));

        Assert.Contains($"There is no relay log: {PathOf("other/relay")} does not exist", Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(PathOf("other")));
    }

    [Fact]
    public async Task Apply_SchemaHistoryIsMissing_NamesKeyAndFile()
    {
        Assert.Equal(ExitCode.Usage, await ApplyAsync(history: PathOf("gone.jsonl")));

        Assert.Contains("drainer.schemaHistory.path", Error, StringComparison.Ordinal);
        Assert.Contains("gone.jsonl", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_ConfigurationOfAPump_Refused()
    {
        Assert.Equal(ExitCode.Usage, await Run(Handlers, Token, "relay", "apply", "--pump:listen=127.0.0.1:1", $"--dataDir={PathOf("data")}"));

        Assert.Contains("the section drainer is missing", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_TargetIsAway_GivesUpWithItsReason()
    {
        var handlers = new VerbHandlers { RelayApply = (options, context, token) => RelayApplyHandler.RunAsync(options, context, new InstantTimeProvider(), token) };
        int port = LoopbackPort.Take();
        Environment["BINLOG__LOG__LEVEL"] = "error";

        Assert.Equal(ExitCode.Failed, await Run(handlers, Token, [.. Common(), "--drainer:downstream:type=mysql", "--drainer:downstream:host=127.0.0.1", $"--drainer:downstream:port={port}", "--drainer:downstream:user=root"]));

        Assert.Contains($"127.0.0.1:{port}", Error, StringComparison.Ordinal);
        Assert.Empty(Output);
    }

    private Task<int> ApplyAsync(string? dataDir = null, string? history = null) =>
        Run(Handlers, Token, [.. Common(dataDir, history), "--drainer:downstream:type=sqlite", $"--drainer:downstream:file={PathOf("target.db")}"]);

    private string[] Common(string? dataDir = null, string? history = null) =>
    [
        "relay", "apply", $"--dataDir={dataDir ?? Path.GetDirectoryName(Relay)}", "--cluster:id=1",
        $"--drainer:schemaHistory:path={history ?? RecordedStream.PathOf("ddl_history_jobs.jsonl.gz")}",
    ];
}
