using Binlog.Cluster.Registry;
using Binlog.Service.Embedded;
using Binlog.Service.Hosting;
using Binlog.Service.Tests.Pump;
using Binlog.Service.Tests.Pump.Serving;
using Grpc.Core;

namespace Binlog.Service.Tests.Hosting;

/// <summary><c>binlogd run</c> as its users start and stop it.</summary>
public sealed class RunProcessTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Run_SigTermWithAnOpenPull_StopsAsPausedWithExitCodeZero()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM.");
        (BinlogdProcess process, string address) = await BinlogdProcess.StartPumpAsync(_directory.Path);
        await using (process)
        {
            using var client = new PumpConnection(address);
            await client.WriteAsync(TestBinlogs.Prewrite(1));
            await client.WriteAsync(TestBinlogs.Commit(1, 2));
            await using IAsyncEnumerator<(ulong StartTs, ulong CommitTs)> pull = client.PullAsync(0).GetAsyncEnumerator();
            Assert.True(await pull.MoveNextAsync());

            await process.SignalAsync("TERM");

            Assert.Equal(ExitCode.Ok, await process.WaitForExitAsync());
            await Assert.ThrowsAsync<RpcException>(() => pull.MoveNextAsync().AsTask());
        }

        using EmbeddedClusterStore store = EmbeddedClusterStore.Open(_directory.Combine("data/cluster.db"), 7, TimeProvider.System);
        NodeStatus node = Assert.Single(await store.ListAsync(NodeRole.Pump, TestContext.Current.CancellationToken));
        Assert.Equal(("pump-1", NodeState.Paused, 2L), (node.NodeId, node.State, node.MaxCommitTs));
    }

    [Fact]
    public async Task Run_SecondProcessOnTheDirectory_StartFailed()
    {
        (BinlogdProcess first, _) = await BinlogdProcess.StartPumpAsync(_directory.Path);
        await using (first)
        {
            await using BinlogdProcess second = BinlogdProcess.Start(_directory.Path, "run", "--dataDir=data", "--pump:listen=127.0.0.1:0");

            Assert.Equal(ExitCode.StartFailed, await second.WaitForExitAsync());
            Assert.Contains($"uses the data directory {_directory.Combine("data")}. Stop it, or set dataDir", second.Error, StringComparison.Ordinal);
        }
    }
}
