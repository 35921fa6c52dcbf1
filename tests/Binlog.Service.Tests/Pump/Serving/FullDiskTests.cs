using Binlog.Cluster.Pumps;
using Binlog.Service.Tests.Pump.Storage;
using Binlog.TestKit.Time;

namespace Binlog.Service.Tests.Pump.Serving;

/// <summary>What a Pump Client makes of a Pump that refuses writes for want of disk space.</summary>
public sealed class FullDiskTests : IAsyncDisposable
{
    private const long StopWriteAtBytes = 1000;
    private readonly SkippingTimeProvider _time = new(TimeSpan.FromMilliseconds(250));
    private readonly List<IAsyncDisposable> _owned = [];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable owned in Enumerable.Reverse(_owned))
        {
            await owned.DisposeAsync();
        }
    }

    [Fact]
    public async Task Prewrite_OnePumpFull_GoesToTheOtherAndLeavesNothingBehind()
    {
        RunningPump full = await StartPumpAsync(), other = await StartPumpAsync();
        full.AvailableSpace = StopWriteAtBytes;
        PumpClient client = Client(full, other);

        for (ulong startTs = 1; startTs <= 8; startTs++)
        {
            PumpTransaction transaction = await client.PrewriteAsync(startTs, TestBinlogs.Prewrite(startTs), Cancelled);
            Assert.Equal(other.Address, transaction.PumpAddress);
        }

        await client.FlushAsync().WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        Assert.True(full.Store.IsEmpty);
    }

    [Fact]
    public async Task Decide_PumpFull_IsStored()
    {
        RunningPump pump = await StartPumpAsync();
        PumpClient client = Client(pump);
        PumpTransaction transaction = await client.PrewriteAsync(1, TestBinlogs.Prewrite(1), Cancelled);
        pump.AvailableSpace = StopWriteAtBytes;
        _time.Advance(TimeSpan.FromSeconds(3));

        await client.DecideAsync(transaction, TestBinlogs.Commit(1, 2), Cancelled).WaitAsync(TimeSpan.FromSeconds(30), Cancelled);

        await pump.Store.ReachAsync(2);
        Assert.Equal([2ul], pump.Store.ReadAll());
    }

    private async Task<RunningPump> StartPumpAsync()
    {
        RunningPump pump = await RunningPump.StartAsync(StopWriteAtBytes, time: _time);
        _owned.Add(pump);
        return pump;
    }

    private PumpClient Client(params RunningPump[] pumps)
    {
        var client = new PumpClient(StoreDriver.ClusterId, [.. pumps.Select(pump => pump.Address)], new PumpClientOptions(), _time);
        _owned.Add(client);
        return client;
    }
}
