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
        PumpClient client = await OpenAsync(full, other);

        for (ulong startTs = 1; startTs <= 8; startTs++)
        {
            PrewrittenTransaction transaction = await client.Begin(startTs).PrewriteAsync(TestBinlogs.Prewrite(startTs), Cancelled);
            Assert.Equal(other.Address, transaction.PumpAddress);
        }

        await client.FlushAsync(Cancelled).WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        Assert.True(full.Store.IsEmpty);
    }

    [Fact]
    public async Task Decide_PumpFull_IsStored()
    {
        RunningPump pump = await StartPumpAsync();
        PumpClient client = await OpenAsync(pump);
        PrewrittenTransaction transaction = await client.Begin(1).PrewriteAsync(TestBinlogs.Prewrite(1), Cancelled);
        pump.AvailableSpace = StopWriteAtBytes;
        _time.Advance(TimeSpan.FromSeconds(3));

        await transaction.CommitAsync(2, Cancelled).WaitAsync(TimeSpan.FromSeconds(30), Cancelled);

        await pump.Store.ReachAsync(2);
        Assert.Equal([2ul], pump.Store.ReadAll());
    }

    private async Task<RunningPump> StartPumpAsync()
    {
        RunningPump pump = await RunningPump.StartAsync(StopWriteAtBytes, time: _time);
        _owned.Add(pump);
        return pump;
    }

    private async Task<PumpClient> OpenAsync(params RunningPump[] pumps)
    {
        PumpClient client = await PumpClient.OpenAsync(StoreDriver.ClusterId, PumpSource.Addresses([.. pumps.Select(pump => pump.Address)]), new PumpClientOptions(), _time, Cancelled);
        _owned.Add(client);
        return client;
    }
}
