using Binlog.Service.Drainer.Collecting;
using Binlog.Service.Drainer.Merging;
using Binlog.Service.Tests.Drainer.Collecting;
using FsCheck;
using FsCheck.Fluent;

namespace Binlog.Service.Tests.Drainer.Merging;

public sealed class MergerPropertyTests
{
    /// <summary>
    /// However an ascending stream is spread over Pumps, with some transactions on two of them, with fakes between, in batches of
    /// any size: each transaction comes out once, in order.
    /// </summary>
    [Fact]
    public void Read_AnySplitOfAStream_GivesTheStream()
    {
        Gen<Split> splits =
            from pumps in Gen.Choose(1, 5)
            from maxBytes in Gen.Choose(1, 400)
            from items in Gen.ListOf(
                from gap in Gen.Choose(0, 3)
                from isFake in Gen.Choose(0, 3)
                from home in Gen.Choose(0, pumps - 1)
                from other in Gen.Choose(-4, pumps - 1)
                from bytes in Gen.Choose(0, 200)
                select new Item(gap, isFake == 0, home, other, bytes))
            select new Split(pumps, maxBytes, [.. items]);

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(splits.ToArbitrary(), split => Task.Run(() => MergesToTheStreamAsync(split)).GetAwaiter().GetResult()));
    }

    private static async Task<bool> MergesToTheStreamAsync(Split split)
    {
        FakePump[] pumps = [.. Enumerable.Range(0, split.Pumps).Select(_ => new FakePump())];
        var expected = new List<ulong>();
        ulong ts = 100;
        foreach (Item item in split.Items)
        {
            // A fake may carry the TS of a transaction before it, which another Pump sent; two transactions never share one.
            ts += (ulong)(item.IsFake ? item.Gap : item.Gap + 1);
            if (item.IsFake)
            {
                pumps[item.Home].Send(FakePump.Fake(ts));
                continue;
            }

            expected.Add(ts);
            PulledBinlog transaction = FakePump.Transaction(ts, bytes: item.Bytes);
            foreach (int pump in new HashSet<int> { item.Home, item.Other }.Where(pump => pump >= 0))
            {
                pumps[pump].Send(transaction);
            }
        }

        await using var run = new MergeRun(100);
        await run.SetAsync([.. pumps.Select((pump, index) => ($"p{index}", pump.Send(FakePump.Fake(ts + 1))))]);
        List<MergedBinlog> merged = await run.ReadToAsync(ts + 1, split.MaxBytes);

        Assert.Equal(expected, merged.Where(binlog => !binlog.IsFake).Select(binlog => binlog.CommitTs));
        Assert.Equal(merged.Select(binlog => binlog.CommitTs).Distinct().Order(), merged.Select(binlog => binlog.CommitTs));
        return true;
    }

    internal sealed record Item(int Gap, bool IsFake, int Home, int Other, int Bytes);

    internal sealed record Split(int Pumps, int MaxBytes, IReadOnlyList<Item> Items);
}
