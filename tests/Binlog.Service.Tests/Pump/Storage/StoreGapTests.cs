using Binlog.RelayLog;
using Binlog.Service.Pump.Deciding;
using Binlog.Service.Pump.Leaving;
using Binlog.Service.Pump.Sorting;
using Binlog.Service.Pump.Storage;

namespace Binlog.Service.Tests.Pump.Storage;

/// <summary>
/// A repair took out a prewrite, and its commit came after one with a greater commit TS: without the prewrite the order has passed that
/// place, but the commit was acknowledged.
/// </summary>
public sealed class StoreGapTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Store => _directory.Combine("pump");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    public async Task OpenAsync_CommitWhosePrewriteIsLostAndWhosePlaceIsPassed_HoldsTheOrderUntilItIsGivenUp(bool isRestarted, bool withIndex)
    {
        await WriteAndRepairAsync();
        if (isRestarted)
        {
            await using (PumpStore first = await StoreDriver.OpenSmallAsync(Store))
            {
                await first.CommitAsync(13, 14);
                await first.SettleAsync();
            }

            if (!withIndex)
            {
                Directory.Delete(Path.Combine(Store, "index"), recursive: true);
            }
        }

        await using PumpStore store = await StoreDriver.OpenSmallAsync(Store);
        await store.CommitAsync(11, 12);
        await store.SettleAsync();

        Assert.Equal((10ul, PumpRecordKind.Commit, 5ul, 9ul), (store.MaxCommitTs, store.Held?.Kind, store.Held?.StartTs, store.Held?.CommitTs));
        Assert.Contains("start TS 5, committed at 9, has no prewrite here yet", new LeavingStore(store).OrderProblem, StringComparison.Ordinal);
        using var decisions = new OperatorDecisions(store, TimeProvider.System);
        Assert.Equal(409, (await decisions.DecideAsync(5, 15, "anna", "guessed", Cancelled)).HttpStatus);
        DecisionAnswer answer = await decisions.DecideAsync(5, null, "anna", "its prewrite is damaged", Cancelled);
        Assert.Equal((200, "The transaction of start TS 5 is rolled back."), (answer.HttpStatus, answer.Message));
        await store.ReachAsync(isRestarted ? 14ul : 12);
        Assert.Equal(isRestarted ? [10ul, 12, 14] : [10ul, 12], store.ReadAll());
        Assert.Null(new LeavingStore(store).OrderProblem);
        Assert.Equal(2, store.LostBinlogs);
    }

    /// <summary>What is below a held commit may be removed, but not the commit: it would be gone without a word.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RemoveUpToAsync_CommitHeldBelowTheLimit_Stays(bool withIndex)
    {
        await using (PumpStore filled = await StoreDriver.OpenSmallAsync(Store))
        {
            for (ulong ts = 1; ts < 400; ts += 2)
            {
                await filled.CommitAsync(ts, ts + 1);
            }

            await filled.SettleAsync();
        }

        await using (StoredLog log = await StoredLog.OpenAsync(Store, StoreDriver.ClusterId))
        {
            await log.AppendAsync(PumpRecordKind.Commit, 300, 301, TestBinlogs.Commit(300, 301));
        }

        await using (PumpStore store = await StoreDriver.OpenSmallAsync(Store))
        {
            Assert.InRange((await store.RemoveUpToAsync(400, Cancelled)).Segments, 1, 100);
            Assert.Equal((300ul, 300ul), (store.OldestCommitTs, store.Held?.StartTs));
        }

        if (!withIndex)
        {
            Directory.Delete(Path.Combine(Store, "index"), recursive: true);
        }

        await using PumpStore again = await StoreDriver.OpenSmallAsync(Store);
        Assert.Equal((300ul, 300ul), (again.OldestCommitTs, again.Held?.StartTs));
    }

    /// <summary>P5 P6 C6@10 C5@9, of which a repair makes a gap of P5.</summary>
    private async Task WriteAndRepairAsync()
    {
        await using (PumpStore store = await StoreDriver.OpenSmallAsync(Store))
        {
            await store.WriteAsync(TestBinlogs.Prewrite(5));
            await store.WriteAsync(TestBinlogs.Prewrite(6));
            await store.WriteAsync(TestBinlogs.Commit(6, 10));
            await store.WriteAsync(TestBinlogs.Commit(5, 9));
            await store.ReachAsync(10);
        }

        string segment = Assert.Single(Directory.GetFiles(Store, "*.seg"));
        byte[] content = File.ReadAllBytes(segment);
        content[content.AsSpan().IndexOf("value of 5"u8)] ^= 1;
        File.WriteAllBytes(segment, content);
        using LogRepair repair = await LogRepair.BeginAsync(new LogRepairOptions { Directory = Store }, null, Cancelled);
        repair.Apply(null, Cancelled);
    }
}
