using System.Text.Json;
using Binlog.RelayLog;
using Binlog.Service.Hosting;
using Binlog.Service.Pump.Sorting;
using Binlog.Service.Tests.Pump;
using Binlog.Service.Tests.Pump.Storage;

namespace Binlog.Service.Tests.Commands.Inspect;

/// <summary>
/// A Pump's store that was closed cleanly, with damage in the last records that were flushed together: without the clean close it would look
/// like an append that never finished.
/// </summary>
public sealed class InspectLastGroupTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Store => _directory.Combine("pump");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task VerbsThatRead_PrewriteLost_AllFindIt()
    {
        await FillAndDamageAsync();

        (int verified, JsonElement found) = await InspectRun.JsonAsync("verify", Store);
        (int dumped, List<JsonElement> lines) = await InspectRun.LinesAsync("dump", Store);
        (int listed, JsonElement listing) = await InspectRun.JsonAsync("ls", Store);
        (int _, string text, string _) = await InspectRun.RunAsync("dump", Store);

        Assert.Equal((ExitCode.Failed, ExitCode.Failed, ExitCode.Failed), (verified, dumped, listed));
        Assert.Equal(1, found.GetProperty("damages")[0].GetProperty("lostRecords").GetInt32());
        Assert.Equal(["prewrite", "damage", "commit"], lines.Select(line => line.GetProperty("kind").GetString()));
        Assert.Equal((2, 1, false), (lines[1].GetProperty("sequence").GetInt32(), lines[1].GetProperty("lostRecords").GetInt32(), lines[1].GetProperty("isMinimum").GetBoolean()));
        Assert.Equal(("damaged", 2), (listing.GetProperty("segments")[0].GetProperty("state").GetString(), listing.GetProperty("segments")[0].GetProperty("records").GetInt32()));
        Assert.Contains(", 1 records from sequence 2 on are lost: expected record header checksum", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Repair_PrewriteLost_CountsTheCommitThatIsLeft()
    {
        await FillAndDamageAsync();

        (int planned, string plan, string _) = await InspectRun.RunAsync("repair", Store);

        Assert.Equal(ExitCode.Failed, planned);
        Assert.Contains("A repair would lose: 1 records", plan, StringComparison.Ordinal);
        Assert.Contains("commits left without their prewrite: at most 1;", plan, StringComparison.Ordinal);
        Assert.Contains("prewrites without an outcome before the end of the damage: 1 ", plan, StringComparison.Ordinal);
    }

    /// <summary>A directory stands where the repair's journal should go.</summary>
    [Fact]
    public async Task Repair_CannotBeDone_SaysNothingOfALoss()
    {
        await FillAndDamageAsync();
        Directory.CreateDirectory(Path.Combine(Store, "repairs.jsonl"));
        string index = Directory.CreateDirectory(Path.Combine(Store, "index")).FullName;

        (int exitCode, string output, string error) = await InspectRun.RunAsync("repair", Store, "--force");

        Assert.Equal((ExitCode.Failed, ""), (exitCode, output));
        Assert.Contains("repairs.jsonl", error, StringComparison.Ordinal);
        Assert.True(Directory.Exists(index));
    }

    /// <summary>Two prewrites and the commit of the second in one group; the second prewrite is damaged.</summary>
    private async Task FillAndDamageAsync()
    {
        var positions = new LogPosition[3];
        var options = new SegmentedLogOptions { Directory = Store, Name = "pump store", ClusterId = StoreDriver.ClusterId };
        await using (SegmentedLog log = await SegmentedLog.OpenAsync(options, TestContext.Current.CancellationToken))
        {
            PendingRecord[] group =
            [
                new(new RecordTag((ushort)PumpRecordKind.Prewrite, 10, 0), TestBinlogs.Prewrite(10)),
                new(new RecordTag((ushort)PumpRecordKind.Prewrite, 20, 0), TestBinlogs.Prewrite(20)),
                new(new RecordTag((ushort)PumpRecordKind.Commit, 20, 25), TestBinlogs.Commit(20, 25)),
            ];
            await log.AppendBatchAsync(group, positions, TestContext.Current.CancellationToken);
        }

        InspectRun.Damage(Store, positions[1]);
    }
}
