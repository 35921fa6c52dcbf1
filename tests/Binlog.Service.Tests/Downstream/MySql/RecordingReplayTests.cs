using System.Diagnostics;
using Binlog.MySql;
using Binlog.Service.Downstream.MySql;
using Binlog.Service.Tests.Downstream.MySql.History;

namespace Binlog.Service.Tests.Downstream.MySql;

/// <summary>The whole recording into the target, ending in TiDB's own final tables.</summary>
public sealed class RecordingReplayTests(MySqlTestServer server, ITestOutputHelper output) : IClassFixture<MySqlTestServer>
{
    [Theory]
    [InlineData(32, false)]
    [InlineData(32, true)]
    [InlineData(2000, true)]
    public async Task Apply_WholeRecording_EndsInTheFinalTables(int transactionsPerBatch, bool isCondensed)
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using var target = new MySqlTarget(server.Options());
        await target.OpenAsync(default);
        using var replay = new RecordedReplay(target, transactionsPerBatch, isCondensed);

        long started = Stopwatch.GetTimestamp();
        await replay.ApplyUpToAsync(ulong.MaxValue);

        output.WriteLine($"{replay.Rows} rows in {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s");
        Assert.Equal(20_093, replay.Rows);
        await RecordedTables.AssertEqualAsync(look);
    }
}
