using Binlog.Service.Pump.Leaving;
using Binlog.Service.Pump.Storage;
using Binlog.Service.Tests.Pump.Storage;

namespace Binlog.Service.Tests.Pump.Leaving;

public sealed class LeavingStoreTests : IDisposable
{
    /// <summary>Several times what comes out of the order at once.</summary>
    private const ulong Pending = 30_000;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    /// <summary>An old prewrite is decided while much waits behind it: the max commit TS of a part is not what Drainers have to reach.</summary>
    [Fact]
    public async Task OrderProblem_PartOfTheOrderIsOut_IsThereUntilAllIs()
    {
        await using PumpStore store = await StoreDriver.OpenSmallAsync(_directory.Path, checkpointRecords: int.MaxValue);
        var leaving = new LeavingStore(store);
        await store.WriteAsync(TestBinlogs.Prewrite(1));
        for (ulong from = 10; from < 10 + (2 * Pending); from += 2_000)
        {
            await Task.WhenAll(Enumerable.Range(0, 1_000).Select(i => store.CommitAsync(from + (2 * (ulong)i), from + (2 * (ulong)i) + 1)));
        }

        await store.SettleAsync();
        Assert.Contains("start TS 1 has no outcome yet", leaving.OrderProblem, StringComparison.Ordinal);

        await store.WriteAsync(TestBinlogs.Commit(1, 2));
        while (leaving.OrderProblem is not null)
        {
            await Task.Yield();
        }

        Assert.Equal(9 + (2 * Pending), leaving.MaxCommitTs);
    }
}
