using System.Globalization;
using Binlog.Service.Hosting;
using Binlog.Service.Tests.EndToEnd;

namespace Binlog.Service.Tests.Commands.Replay;

/// <summary><c>binlogd replay</c> as its users start it.</summary>
[Collection(ProcessCluster.Collection)]
public sealed class ReplayProcessTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Replay_ToRunningPumpsAndAgain_TheTargetHasEverythingOnce()
    {
        using var cluster = new ProcessCluster(ProcessCluster.File);
        cluster.StartAll();

        // The other order gives most transactions to another Pump than the one that has them.
        foreach (string pumps in new[] { cluster.PumpAddresses, cluster.PumpAddresses, string.Join(',', cluster.PumpAddresses.Split(',').Reverse()) })
        {
            using BinlogdProcess replay = ProcessCluster.ReplayTo(pumps);
            (int exitCode, string output) = await replay.WaitAsync(Patience);
            Assert.True(exitCode == ExitCode.Ok, replay.Errors + cluster.Describe());
            Assert.Contains("acknowledged by 3 Pumps", output, StringComparison.Ordinal);
            Assert.Contains(ProcessCluster.Recording.LastCommitTs.ToString(CultureInfo.InvariantCulture), output, StringComparison.Ordinal);
        }

        await cluster.WaitForAllAsync(Patience);
        await cluster.AssertEqualAsync();
    }

    [Fact]
    public async Task Replay_NobodyListens_EndsWithinItsTimeAndNamesThePump()
    {
        int port = LoopbackPort.Take();

        (int exitCode, string output, string error) = await BinlogdProcess.RunAsync(
            Patience, "replay", "--recording", ProcessCluster.Recording.Directory, "--pumps", $"127.0.0.1:{port}", "--timeout", "1s");
        Assert.Equal(ExitCode.Failed, exitCode);
        Assert.Empty(output);
        string line = Assert.Single(error.Split('\n'), line => line.StartsWith("binlogd: ", StringComparison.Ordinal));
        Assert.Contains($"127.0.0.1:{port}", line, StringComparison.Ordinal);
        Assert.Contains("within 1 s", line, StringComparison.Ordinal);
        Assert.DoesNotContain("unexpected", line, StringComparison.Ordinal);
    }
}
