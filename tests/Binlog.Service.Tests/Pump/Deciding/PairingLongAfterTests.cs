using Binlog.RelayLog;
using Binlog.Service.Pump.Sorting;
using Binlog.Service.Pump.Storage;
using Binlog.Service.Tests.Pump.Storage;

namespace Binlog.Service.Tests.Pump.Deciding;

/// <summary>The rows of docs/pairing.md about binlogs that come again when the Pump no longer has their transaction in memory.</summary>
public sealed class PairingLongAfterTests : IDisposable
{
    /// <summary>More than any sorter remembers.</summary>
    private const int Transactions = 300_000;

    /// <summary>The start TS of the first transaction; below are those of the long ones.</summary>
    private const ulong FirstTs = 1001;

    private const ulong LastTs = FirstTs - 1 + (2 * Transactions);

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task WriteAsync_CommitRepeatedLongAfter_NeitherHoldsNorIsServedTwice()
    {
        await using PumpStore store = await OpenFilledAsync();

        await store.WriteAsync(TestBinlogs.Commit(FirstTs, FirstTs + 1));

        await AssertGoesOnAsync(store);
    }

    [Fact]
    public async Task WriteAsync_PrewriteRepeatedLongAfter_IsKnownAsDecided()
    {
        await using PumpStore store = await OpenFilledAsync();

        await store.WriteAsync(TestBinlogs.Prewrite(FirstTs));

        await AssertGoesOnAsync(store);
        Assert.Equal(0, store.UndecidedCount);
    }

    [Fact]
    public async Task WriteAsync_TransactionRepeatedLongAfter_NeitherHoldsNorIsServedTwice()
    {
        await using PumpStore store = await OpenFilledAsync();

        await store.WriteAsync(TestBinlogs.Prewrite(FirstTs));
        await store.WriteAsync(TestBinlogs.Commit(FirstTs, FirstTs + 1));

        await AssertGoesOnAsync(store);
    }

    /// <summary>Since then there was always a transaction that had begun before, so that any part of the index may have the one that is repeated.</summary>
    [Fact]
    public async Task WriteAsync_PrewriteRepeatedAfterManyLongTransactions_IsKnownAsDecided()
    {
        await using PumpStore store = await OpenFilledAsync(longEvery: 4000);

        await store.WriteAsync(TestBinlogs.Prewrite(FirstTs));

        await AssertGoesOnAsync(store);
        Assert.Equal(0, store.UndecidedCount);
    }

    private static async Task AssertGoesOnAsync(PumpStore store)
    {
        await store.CommitAsync(LastTs + 1, LastTs + 2);
        await store.ReachAsync(LastTs + 2);
        Assert.Equal([LastTs + 2], store.ReadAll(afterCommitTs: LastTs));
    }

    private async Task<PumpStore> OpenFilledAsync(int longEvery = 0)
    {
        var options = new SegmentedLogOptions { Directory = _directory.Path, Name = "pump store", ClusterId = StoreDriver.ClusterId };
        await using (SegmentedLog log = await SegmentedLog.OpenAsync(options, TestContext.Current.CancellationToken))
        {
            var records = new List<PendingRecord>();
            ulong longOnes = 0;
            for (ulong ts = FirstTs; ts < LastTs; ts += 2)
            {
                bool isLong = longEvery > 0 && (ts - FirstTs) / 2 % (ulong)longEvery == 1;
                ulong startTs = isLong ? ++longOnes : ts;
                records.Add(new PendingRecord(new RecordTag((ushort)PumpRecordKind.Prewrite, startTs, 0), TestBinlogs.Prewrite(startTs)));
                records.Add(new PendingRecord(new RecordTag((ushort)PumpRecordKind.Commit, startTs, ts + 1), TestBinlogs.Commit(startTs, ts + 1)));
            }

            await log.AppendBatchAsync(records, TestContext.Current.CancellationToken);
        }

        PumpStore store = await StoreDriver.OpenAsync(_directory.Path);
        await store.ReachAsync(LastTs);
        return store;
    }
}
