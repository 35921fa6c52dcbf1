using System.Text.Json;
using Binlog.RelayLog;
using Binlog.Service.Hosting;
using Binlog.Service.Tests.Drainer;
using Binlog.Service.Tests.Drainer.Applying;
using Binlog.Service.Tests.Drainer.Relaying;

namespace Binlog.Service.Tests.Commands.Inspect;

public sealed class InspectRelayTests
{
    private const int Binlogs = 200;

    private static string History => RecordedStream.PathOf("ddl_history_jobs.jsonl.gz");

    [Fact]
    public async Task Dump_RelayLog_DecodesRowsWithTheJobsInTheLog()
    {
        await using RecordedRelay recorded = await RecordedRelay.CreateAsync(Binlogs);

        (int exitCode, List<JsonElement> lines) = await InspectRun.LinesAsync("dump", recorded.Relay.Directory);
        (int _, List<JsonElement> withHistory) = await InspectRun.LinesAsync("dump", recorded.Relay.Directory, "--schema-history", History);

        Assert.Equal(ExitCode.Ok, exitCode);
        Assert.Equal("start", lines[0].GetProperty("kind").GetString());
        Assert.Equal(recorded.Ddls.Order(), lines.Where(line => line.GetProperty("kind").GetString() == "ddl").Select(line => line.GetProperty("commitTs").GetUInt64()));
        Assert.All(lines, line => Assert.False(line.TryGetProperty("problem", out JsonElement problem), problem.ToString()));
        List<JsonElement> tables = TablesOf(withHistory);
        Assert.Contains(tables, table => table.TryGetProperty("rows", out _));
        Assert.All(tables.Where(table => table.TryGetProperty("rows", out _)), AssertRowsComplete);
        Assert.Contains(TablesOf(lines), table => table.TryGetProperty("rows", out _));
        Assert.Equal(lines.Count, withHistory.Count);
    }

    [Fact]
    public async Task Dump_OfATable_ShowsNothingElse()
    {
        await using RecordedRelay recorded = await RecordedRelay.CreateAsync(Binlogs);
        (int _, List<JsonElement> all) = await InspectRun.LinesAsync("dump", recorded.Relay.Directory, "--schema-history", History);
        JsonElement wanted = TablesOf(all).First(table => table.TryGetProperty("rows", out _));
        string name = $"{wanted.GetProperty("schema").GetString()}.{wanted.GetProperty("table").GetString()}";
        long id = wanted.GetProperty("id").GetInt64();

        (int _, List<JsonElement> byName) = await InspectRun.LinesAsync("dump", recorded.Relay.Directory, "--schema-history", History, "--table", name);
        (int _, List<JsonElement> byId) = await InspectRun.LinesAsync("dump", recorded.Relay.Directory, "--table", $"{id}");

        Assert.NotEmpty(TablesOf(byName));
        Assert.All(TablesOf(byName), table => Assert.Equal(name, $"{table.GetProperty("schema").GetString()}.{table.GetProperty("table").GetString()}"));
        Assert.All(TablesOf(byId), table => Assert.Equal(id, table.GetProperty("id").GetInt64()));
        Assert.Equal(TablesOf(all).Count(table => table.GetProperty("id").GetInt64() == id), TablesOf(byId).Count);
    }

    [Fact]
    public async Task Repair_RelayLog_LeavesAGapThatAReaderBelowStopsAt()
    {
        using var folder = new RelayFolder();
        string directory;
        await using (Service.Drainer.Relaying.Relay relay = await folder.OpenAsync())
        {
            directory = relay.Directory;
            for (ulong number = 1; number <= 60; number++)
            {
                await relay.Log.AppendAsync(new RecordTag(2, number * 10, (number * 10) + 5), RelayFolder.Transaction((number * 10) + 5, 200).Payload, default);
            }
        }

        InspectRun.Damage(directory, InspectRun.Records(directory)[29].Position);

        (int exitCode, string output, string _) = await InspectRun.RunAsync("repair", directory, "--force");

        Assert.Equal(ExitCode.Ok, exitCode);
        Assert.Contains("commit TS around it: 295 (1970-", output, StringComparison.Ordinal);
        Assert.Contains("at most 1; a Drainer stops there", output, StringComparison.Ordinal);
        await using Service.Drainer.Relaying.Relay again = await folder.OpenAsync();
        Assert.Equal(29, CountUpToGap(again.Log.OpenReaderAtCommitTs(0), stops: true));
        Assert.InRange(CountUpToGap(again.Log.OpenReaderAtCommitTs(315), stops: false), 30, 59);
    }

    private static int CountUpToGap(LogReader reader, bool stops)
    {
        int count = 0;
        using (reader)
        {
            try
            {
                while (reader.TryRead(out _))
                {
                    count++;
                }

                Assert.False(stops);
            }
            catch (LogGapException gap)
            {
                Assert.True(stops);
                Assert.Equal(315ul, gap.HighestCommitTs);
            }
        }

        return count;
    }

    private static List<JsonElement> TablesOf(List<JsonElement> lines) =>
        [.. lines.Where(line => line.TryGetProperty("tables", out _)).SelectMany(line => line.GetProperty("tables").EnumerateArray())];

    private static void AssertRowsComplete(JsonElement table)
    {
        int changes = table.GetProperty("inserts").GetInt32() + table.GetProperty("updates").GetInt32() + table.GetProperty("deletes").GetInt32();
        Assert.Equal(changes, table.GetProperty("rows").GetArrayLength());
        Assert.All(table.GetProperty("rows").EnumerateArray(), row => Assert.False(row.TryGetProperty("problem", out JsonElement problem), problem.ToString()));
    }
}
