using Binlog.TestKit.Capabilities;
using Binlog.TestKit.MariaDb;

namespace Binlog.Service.Tests.EndToEnd;

/// <summary>Whatever zone the hosts and the target's server are in: the recording's TIMESTAMP, DATETIME, DATE and TIME values arrive as TiDB had them.</summary>
[Collection(ProcessCluster.Collection)]
public sealed class TimeZoneTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Theory]
    [InlineData("America/New_York", "+05:30")]
    [InlineData("Asia/Kolkata", "-08:00")]
    [InlineData("Australia/Lord_Howe", "+13:00")]
    public async Task Replicate_HostsInAnyZone_TargetIsEqual(string zone, string serverZone)
    {
        Capability.RequireMariaDb();
        Capability.Require(TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _), $"This machine does not know the time zone {zone}: install tzdata.");
        await using MariaDbServer server = await MariaDbServer.StartAsync(new MariaDbOptions { Arguments = [$"--default-time-zone={serverZone}", "--explicit-defaults-for-timestamp=OFF"] });
        using var cluster = new ProcessCluster(_ => ProcessCluster.Server(server), pumps: 1) { TimeZone = zone };
        cluster.StartAll();
        using BinlogdProcess replay = cluster.Replay("--timeout", "2m");
        (int exitCode, _) = await replay.WaitAsync(Patience);
        Assert.True(exitCode == 0, replay.Errors + cluster.Describe());

        await cluster.WaitForAllAsync(Patience);

        await cluster.AssertEqualAsync();
    }
}
