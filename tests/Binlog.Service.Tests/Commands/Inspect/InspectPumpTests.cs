using System.Text.Json;
using Binlog.RelayLog;
using Binlog.Service.Hosting;
using Binlog.Service.Pump.Storage;
using Binlog.Service.Tests.Pump.Storage;

namespace Binlog.Service.Tests.Commands.Inspect;

public sealed class InspectPumpTests : IDisposable
{
    private const ulong Transactions = 90;

    private readonly TemporaryDirectory _directory = new();

    private string Store => _directory.Combine("pump");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Ls_PumpStore_TellsKindSegmentsAndRanges()
    {
        await FillAsync();

        (int exitCode, JsonElement json) = await InspectRun.JsonAsync("ls", Store);
        (int _, JsonElement read) = await InspectRun.JsonAsync("ls", Store, "--records");

        Assert.Equal(ExitCode.Ok, exitCode);
        Assert.Equal(("Pump store", StoreDriver.ClusterId), (json.GetProperty("kind").GetString(), json.GetProperty("clusterId").GetUInt64()));
        Assert.Equal(2 * Transactions, json.GetProperty("total").GetProperty("records").GetUInt64());
        JsonElement[] segments = [.. json.GetProperty("segments").EnumerateArray()];
        Assert.True(segments.Length >= 3);
        Assert.Equal((1ul, 2 * Transactions), (segments[0].GetProperty("firstSequence").GetUInt64(), segments[^1].GetProperty("lastSequence").GetUInt64()));
        Assert.Equal(("sealed", "open"), (segments[0].GetProperty("state").GetString(), segments[^1].GetProperty("state").GetString()));
        Assert.Equal(CommitTs(Transactions), segments[^1].GetProperty("highestCommitTs").GetUInt64());
        Assert.Equal(
            segments.Select(segment => segment.GetProperty("records").GetUInt64()),
            read.GetProperty("segments").EnumerateArray().Select(segment => segment.GetProperty("records").GetUInt64()));
        Assert.Equal(CommitTs(1), read.GetProperty("segments")[0].GetProperty("lowestCommitTs").GetUInt64());
    }

    [Fact]
    public async Task VerifyAndRepair_TransactionDamaged_LogOpensAgainWithoutIt()
    {
        await FillAsync();
        string index = Path.Combine(Store, "index");
        Directory.CreateDirectory(index);
        var lost = InspectRun.Records(Store).Where(record => record.Tag.StartTs == StartTs(40)).ToList();
        lost.ForEach(record => InspectRun.Damage(Store, record.Position));
        ulong[] sequences = [.. lost.Select(record => record.Sequence)];
        string damagedFile = InspectRun.PathOf(Store, lost[0].Position.Segment);
        byte[] damaged = File.ReadAllBytes(damagedFile);

        (int verified, string report, string _) = await InspectRun.RunAsync("verify", Store);
        (int planned, string plan, string _) = await InspectRun.RunAsync("repair", Store);

        Assert.Equal(ExitCode.Failed, verified);
        Assert.Contains($"{damagedFile}: bytes {lost[0].Position.Offset} to ", report, StringComparison.Ordinal);
        Assert.Contains($"2 records, sequence {sequences[0]} to {sequences[1]}", report, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failed, planned);
        Assert.Contains("A repair would lose: 2 records", plan, StringComparison.Ordinal);
        Assert.Contains("at most 1", plan, StringComparison.Ordinal);
        Assert.Contains("Nothing was changed", plan, StringComparison.Ordinal);
        Assert.Equal(damaged, File.ReadAllBytes(damagedFile));
        Assert.True(Directory.Exists(index));

        (int repaired, string done, string _) = await InspectRun.RunAsync("repair", Store, "--force");

        Assert.Equal(ExitCode.Ok, repaired);
        Assert.Contains("Lost: 2 records", done, StringComparison.Ordinal);
        Assert.False(Directory.Exists(index));
        string quarantine = Assert.Single(Directory.GetDirectories(Store, "quarantine-*"));
        Assert.Equal(damaged, File.ReadAllBytes(Path.Combine(quarantine, Path.GetFileName(damagedFile))));
        (int after, JsonElement json) = await InspectRun.JsonAsync("verify", Store);
        Assert.Equal((ExitCode.Ok, 1), (after, json.GetProperty("gaps").GetInt32()));
        JsonElement repair = Assert.Single(json.GetProperty("repairs").EnumerateArray());
        Assert.Equal(sequences[0], repair.GetProperty("damages")[0].GetProperty("firstSequence").GetUInt64());
        await using PumpStore store = await StoreDriver.OpenAsync(Store, 4096);
        await store.ReachAsync(CommitTs(Transactions));
        Assert.Equal(Enumerable.Range(1, (int)Transactions).Where(number => number != 40).Select(number => CommitTs((ulong)number)), store.ReadAll());
    }

    [Fact]
    public async Task Verbs_BesideARunningStore_ReadAndNeverRepair()
    {
        await using PumpStore store = await StoreDriver.OpenAsync(Store, 4096);
        using var stop = new CancellationTokenSource();
        Task writing = WriteUntilAsync(store, stop.Token);
        try
        {
            (int verified, JsonElement json) = await InspectRun.JsonAsync("verify", Store);
            (int listed, JsonElement _) = await InspectRun.JsonAsync("ls", Store);
            (int dumped, List<JsonElement> lines) = await InspectRun.LinesAsync("dump", Store);
            (int repaired, string _, string error) = await InspectRun.RunAsync("repair", Store, "--force");

            Assert.Equal((ExitCode.Ok, ExitCode.Ok, ExitCode.Ok, ExitCode.Failed), (verified, listed, dumped, repaired));
            Assert.True(json.GetProperty("intact").GetBoolean());
            Assert.All(lines, line => Assert.Contains(line.GetProperty("kind").GetString(), new[] { "prewrite", "commit" }));
            Assert.Contains($"in use by another process (process {Environment.ProcessId})", error, StringComparison.Ordinal);
        }
        finally
        {
            await stop.CancelAsync();
            await writing;
        }
    }

    [Fact]
    public async Task Dump_RangeAndLimit_ShowsJustThose()
    {
        await FillAsync();

        (int exitCode, List<JsonElement> lines) = await InspectRun.LinesAsync("dump", Store, "--from", $"{StartTs(10)}", "--to", $"{CommitTs(12)}");
        (int _, List<JsonElement> limited) = await InspectRun.LinesAsync("dump", Store, "--limit", "5");
        (int _, string text, string _) = await InspectRun.RunAsync("dump", Store, "--limit", "1");

        Assert.Equal(ExitCode.Ok, exitCode);
        Assert.Equal(
            [StartTs(10), StartTs(10), StartTs(11), StartTs(11), StartTs(12), StartTs(12)], lines.Select(line => line.GetProperty("startTs").GetUInt64()));
        Assert.Equal(["prewrite", "commit"], lines.Take(2).Select(line => line.GetProperty("kind").GetString()));
        Assert.Equal(5, limited.Count);
        Assert.StartsWith($"1:128 #1 prewrite start {StartTs(1)} (1970-", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dump_DamagedLog_ShowsTheDamageAndGoesOn()
    {
        await FillAsync();
        (LogPosition position, ulong sequence, RecordTag _) = InspectRun.Records(Store)[50];
        InspectRun.Damage(Store, position);

        (int exitCode, List<JsonElement> lines) = await InspectRun.LinesAsync("dump", Store);

        Assert.Equal(ExitCode.Failed, exitCode);
        JsonElement damage = lines.Single(line => line.GetProperty("kind").GetString() == "damage");
        Assert.Equal((sequence, 1ul), (damage.GetProperty("sequence").GetUInt64(), damage.GetProperty("lostRecords").GetUInt64()));
        Assert.Equal(2 * (int)Transactions, lines.Count);
    }

    [Theory]
    [InlineData("ls")]
    [InlineData("verify")]
    [InlineData("dump")]
    [InlineData("repair")]
    public async Task Verbs_NoLogThere_AreUsageErrors(string verb)
    {
        await FillAsync();
        string empty = Directory.CreateDirectory(_directory.Combine("empty")).FullName;

        (int absent, string _, string absentError) = await InspectRun.RunAsync(verb, _directory.Combine("absent"));
        (int without, string _, string emptyError) = await InspectRun.RunAsync(verb, empty);
        (int above, string _, string aboveError) = await InspectRun.RunAsync(verb, _directory.Path);

        Assert.Equal((ExitCode.Usage, ExitCode.Usage, ExitCode.Usage), (absent, without, above));
        Assert.Contains("absent does not exist", absentError, StringComparison.Ordinal);
        Assert.Contains("holds no log", emptyError, StringComparison.Ordinal);
        Assert.Contains($"Did you mean {Store}?", aboveError, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(empty));
    }

    [Fact]
    public async Task Verify_NewerFormat_IsRefused()
    {
        await FillAsync();
        string file = InspectRun.PathOf(Store, 1);
        byte[] content = File.ReadAllBytes(file);
        content[8] = 9;
        content[10] = 9;
        File.WriteAllBytes(file, content);

        (int exitCode, string _, string error) = await InspectRun.RunAsync("verify", Store);

        Assert.Equal(ExitCode.Failed, exitCode);
        Assert.Contains("version 9", error, StringComparison.Ordinal);
    }

    private static ulong StartTs(ulong number) => number * 10;

    private static ulong CommitTs(ulong number) => (number * 10) + 5;

    private async Task FillAsync()
    {
        await using PumpStore store = await StoreDriver.OpenAsync(Store, 4096);
        for (ulong number = 1; number <= Transactions; number++)
        {
            await store.CommitAsync(StartTs(number), CommitTs(number));
        }
    }

    /// <summary>At a pace at which the verbs don't have to read more and more.</summary>
    private static async Task WriteUntilAsync(PumpStore store, CancellationToken stop)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        for (ulong number = 1; !stop.IsCancellationRequested; number++)
        {
            await store.CommitAsync(StartTs(number), CommitTs(number));
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }
}
