using System.Globalization;
using Binlog.Service.Pump.Storage;
using Binlog.Service.Tests.Pump.Serving;
using Binlog.Service.Tests.Pump.Storage;
using Binlog.TestKit.Waiting;
using Binlog.TiDB.Contracts;
using Grpc.Core;

namespace Binlog.Service.Tests.Pump.Deciding;

/// <summary>
/// The rows of docs/pairing.md that one Pump decides, each as a story: <c>P5</c> prewrite of start TS 5, <c>C5@8</c> its commit at 8,
/// <c>R5</c> its rollback, <c>F20</c> a fake at 20; <c>!</c> says that the Pump refuses it for good.
/// </summary>
public sealed class PairingTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>
    /// A story; the commit TS below which the order is held after it, or 0 when it is not held; how it goes on; the commit TS of what is
    /// pulled in the end.
    /// </summary>
    public static TheoryData<string, ulong, string, ulong[]> Stories => new()
    {
        { "P5 C5@8 F20", 0, "", [8] },
        { "P5 P6 C6@9 F20", 9, "C5@8", [8, 9] },
        { "P5 P6 C6@9 F20", 9, "R5", [9] },

        // Commit before prewrite
        { "C5@8 P6 C6@9 F20", 8, "P5", [8, 9] },
        { "P3 C3@4 C5@8 P6 C6@9 F20", 8, "P5", [4, 8, 9] },
        { "C5@8 C5@8 F20", 8, "P5", [8] },

        // Rollback before, after and without prewrite
        { "R5 P5 P6 C6@9 F20", 0, "", [9] },
        { "P5 P6 C6@9 R5 F20", 0, "", [9] },
        { "R5 F20", 0, "", [] },

        // Duplicates before and after the outcome, and after it was announced
        { "P5 P5 C5@8 F20", 0, "", [8] },
        { "P5 C5@8 P5 F20", 0, "", [8] },
        { "P5 R5 P5 F20", 0, "", [] },
        { "P5 C5@8 C5@8 F20", 0, "", [8] },
        { "P5 R5 R5 F20", 0, "", [] },
        { "P5 C5@8 F20 C5@8 F21", 0, "", [8] },
        { "P5 C5@8 F20 P5 C5@8 P6 C6@21 F22", 0, "", [8, 21] },
        { "P5 C5@8 F20 P5 F21", 0, "", [8] },
        { "P5 R5 F20 P5 R5 F21", 0, "", [] },

        // Contradictions: the first outcome stays
        { "P5 R5 F20 C5@21! F30", 0, "", [] },
        { "R5 F20 C5@21! P5 F30", 0, "", [] },
        { "P5 C5@8 R5 F20", 0, "", [8] },
        { "C5@8 R5 F20", 8, "P5", [8] },
        { "P5 C5@8 C5@9 F20", 0, "", [8] },
        { "C5@8 C5@9 F20", 8, "P5", [8] },
        { "F20 P5 C5@15! P6 C6@25 F30", 25, "R5", [25] },

        // Another transaction's commit TS: while that one waits, waits for its prewrite, and after it was announced
        { "P4 P5 P6 C5@8 F20 C6@8! C6@9", 4, "R4", [8, 9] },
        { "C5@8 P6 F20 C6@8! C6@9", 8, "P5", [8, 9] },
        { "P5 C5@8 F20 P6 C6@8! F21", 21, "C6@22", [8, 22] },
        { "P5 P6 C5@8 F20 C6@8! C6@21", 0, "", [8, 21] },
    };

    [Theory]
    [MemberData(nameof(Stories))]
    public async Task WriteBinlog_Story_IsPulledAsDocumented(string story, ulong heldBelow, string rest, ulong[] pulled)
    {
        await using RunningPump pump = await RunningPump.StartAsync();

        await TellAsync(pump.Store, story, binlog => pump.WriteAsync(binlog));
        await AssertHeldAsync(pump.Store, heldBelow);
        await TellAsync(pump.Store, rest, binlog => pump.WriteAsync(binlog));

        Assert.Equal(pulled, await PullAsync(pump, pump.Store.MaxSeenTs));
    }

    [Theory]
    [MemberData(nameof(Stories))]
    public async Task OpenAsync_AfterAStory_HasTheSameOrder(string story, ulong heldBelow, string rest, ulong[] pulled)
    {
        await using (PumpStore store = await StoreDriver.OpenAsync(_directory.Path))
        {
            await TellAsync(store, story, store.WriteAsync);
        }

        await using PumpStore again = await StoreDriver.OpenAsync(_directory.Path);
        await AssertHeldAsync(again, heldBelow);
        await TellAsync(again, rest, again.WriteAsync);
        await again.ReachAsync(again.MaxSeenTs);

        Assert.Equal(pulled, again.ReadAll());
    }

    public void Dispose() => _directory.Dispose();

    private static async Task AssertHeldAsync(PumpStore store, ulong heldBelow)
    {
        if (heldBelow == 0)
        {
            await Eventually.HoldsAsync("nothing is held", () => store.MaxCommitTs == store.MaxSeenTs, Cancelled);
        }
        else
        {
            Assert.InRange(store.MaxCommitTs, 0ul, heldBelow - 1);
        }
    }

    /// <summary>Writes one after the other; after a fake, waits until what came before it is sorted.</summary>
    private static async Task TellAsync(PumpStore store, string story, Func<byte[], Task> write)
    {
        foreach (string step in story.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] numbers = step[1..].TrimEnd('!').Split('@');
            ulong ts = ulong.Parse(numbers[0], CultureInfo.InvariantCulture);
            byte[] binlog = step[0] switch
            {
                'P' => TestBinlogs.Prewrite(ts),
                'C' => TestBinlogs.Commit(ts, ulong.Parse(numbers[1], CultureInfo.InvariantCulture)),
                'R' => TestBinlogs.Rollback(ts),
                _ => TestBinlogs.Fake(ts),
            };
            if (step.EndsWith('!'))
            {
                await AssertRefusedAsync(write, binlog);
                continue;
            }

            await write(binlog);
            if (step[0] == 'F')
            {
                await Eventually.HoldsAsync($"{step} is sorted", () => store.MaxSeenTs >= ts, Cancelled);
            }
        }
    }

    private static async Task AssertRefusedAsync(Func<byte[], Task> write, byte[] binlog)
    {
        Exception exception = await Assert.ThrowsAnyAsync<Exception>(() => write(binlog));
        Assert.True(exception is PumpStoreException or RpcException { StatusCode: StatusCode.OutOfRange }, $"{exception}");
    }

    private static async Task<List<ulong>> PullAsync(RunningPump pump, ulong upTo)
    {
        var transactions = new List<ulong>();
        using AsyncServerStreamingCall<PullBinlogResp> pull = pump.Pull(0);
        for (ulong commitTs = 0; commitTs < upTo;)
        {
            Assert.True(await pull.ResponseStream.MoveNext(Cancelled).WaitAsync(TimeSpan.FromSeconds(30), Cancelled));
            Meta meta = pull.ResponseStream.Current.Entity.Meta;
            commitTs = (ulong)meta.CommitTs;
            if (meta.StartTs != meta.CommitTs)
            {
                transactions.Add(commitTs);
            }
        }

        return transactions;
    }
}
