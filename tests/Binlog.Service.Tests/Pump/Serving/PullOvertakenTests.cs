using System.Globalization;
using Binlog.RelayLog;
using Binlog.Service.Pump.Storage;
using Binlog.Service.Tests.Pump.Storage;
using Binlog.TiDB.Contracts;
using Grpc.Core;

namespace Binlog.Service.Tests.Pump.Serving;

/// <summary>Retention removes a transaction after a pull has found it in the index and before it has read it.</summary>
public sealed class PullOvertakenTests
{
    private const ulong StartTs = 1;
    private const ulong CommitTs = 1_000;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>A small transaction is overtaken between its two records, a large one between two pieces of its prewrite.</summary>
    [Theory]
    [InlineData(20, false, 1)]
    [InlineData(300_000, true, 3)]
    public async Task PullBinlogs_RemovedBetweenIndexAndLog_RefusedWithTheOldestCommitTs(int size, bool atPrewrite, int read)
    {
        var files = new ReadHookFileSystem();
        await using RunningPump pump = await RunningPump.StartAsync(open: directory => StoreDriver.OpenSmallAsync(directory, files));
        await pump.WriteAsync(TestBinlogs.Prewrite(StartTs, padding: size));
        await FillAsync(pump.Store, 10);
        await pump.WriteAsync(TestBinlogs.Commit(StartTs, CommitTs));
        await FillAsync(pump.Store, 1_010);
        StoredBinlog transaction = pump.Store.Find(StartTs)!;
        Assert.True(transaction.Prewrite.Segment < transaction.Commit.Segment);
        LogPosition met = atPrewrite ? transaction.Prewrite : transaction.Commit;
        files.BeforeReadOf(pump.PathOf(string.Create(CultureInfo.InvariantCulture, $"{met.Segment:D20}.seg")), read, () => Remove(pump.Store));

        using AsyncServerStreamingCall<PullBinlogResp> pull = pump.Pull((long)CommitTs - 1);
        var exception = await Assert.ThrowsAsync<RpcException>(() => pull.ResponseStream.MoveNext(Cancelled).WaitAsync(TimeSpan.FromSeconds(30), Cancelled));

        Assert.True(files.IsDone);
        Assert.Equal(StatusCode.OutOfRange, exception.StatusCode);
        Assert.Contains($"oldest position that can be pulled from is {CommitTs}", exception.Status.Detail, StringComparison.Ordinal);
    }

    private static void Remove(PumpStore store) => Assert.True(store.RemoveUpToAsync(CommitTs, Cancelled).GetAwaiter().GetResult().Segments > 0);

    /// <summary>Enough that the log goes on in another segment.</summary>
    private static async Task FillAsync(PumpStore store, ulong from)
    {
        for (ulong ts = from; ts < from + 60; ts += 2)
        {
            await store.CommitAsync(ts, ts + 1);
        }

        await store.SettleAsync();
    }
}
