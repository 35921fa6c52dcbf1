using Binlog.Cluster;
using Binlog.Cluster.Pumps;
using Binlog.Service.Hosting;
using Binlog.Service.Tests.Hosting;
using Binlog.Service.Tests.Pump;
using Binlog.Service.Tests.Pump.Serving;

namespace Binlog.Service.Tests.Cluster;

/// <summary>A writer on a Pump's machine that uses the Pump's Unix socket.</summary>
public sealed class LocalPumpTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Socket_PumpListensOnIt_TransactionIsServed()
    {
        using var directory = new TemporaryDirectory();
        string socket = directory.Combine("pump.sock");
        await using BinlogHost host = await HostRoles.StartAsync(directory.Combine("data"), "pump-1", HostRoles.Pump(socket: socket));
        await using PumpClient client = await PumpClient.OpenAsync(HostRoles.ClusterId, PumpSource.Socket(socket), new PumpClientOptions(), TimeProvider.System, Cancelled);
        ulong startTs = await host.Cluster.Tso.NextAsync(1, Cancelled);

        PrewrittenTransaction transaction = await client.Begin(startTs).PrewriteAsync(TestBinlogs.Prewrite(startTs), Cancelled);
        ulong commitTs = await host.Cluster.Tso.NextAsync(1, Cancelled);
        await transaction.CommitAsync(commitTs, Cancelled);

        Assert.Equal((PumpSource.LocalPump, "unix://" + socket), (transaction.PumpNodeId, transaction.PumpAddress));
        using var pump = new PumpConnection(host.Pump!.Address.Address);
        Assert.Equal((startTs, commitTs), await pump.PullAsync(0, Cancelled).FirstAsync(binlog => binlog.StartTs != binlog.CommitTs, Cancelled));
    }

    [Fact]
    public async Task Socket_NobodyListens_SaysWhere()
    {
        using var directory = new TemporaryDirectory();
        string socket = directory.Combine("none.sock");
        await using PumpClient client = await PumpClient.OpenAsync(
            HostRoles.ClusterId, PumpSource.Socket(socket), new PumpClientOptions { WriteTimeout = TimeSpan.Zero }, TimeProvider.System, Cancelled);

        var exception = await Assert.ThrowsAsync<ClusterException>(() => client.Begin(5).PrewriteAsync(TestBinlogs.Prewrite(5), Cancelled));

        Assert.Contains($"The Pump at unix://{socket} did not take the binlog", exception.Message, StringComparison.Ordinal);
    }
}
