using System.Runtime.CompilerServices;
using Binlog.Service.Drainer.Collecting;
using Binlog.Service.Drainer.Memory;
using Binlog.Service.Drainer.Merging;
using Binlog.Service.Tests.Drainer.Collecting;
using Binlog.TiDB.Records;

namespace Binlog.Service.Tests.Drainer.Merging;

/// <summary>Many Pumps and little memory: the merge goes on, whatever comes from which of them, and memory stays bounded.</summary>
public sealed class ManySourcesTests : IDisposable
{
    private const int Pumps = 50;
    private const int Rounds = 30;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    /// <summary>Also with a budget in which no binlog fits at all, and with one in which the first sources take what the later ones would need.</summary>
    [Theory]
    [InlineData(10)]
    [InlineData(4_000)]
    [InlineData(40_000)]
    [InlineData(400_000)]
    public async Task Read_FiftySourcesAndASmallBudget_EverythingComesInOrderWithinIt(long budget)
    {
        SourceMemory memory = TestMemory.Create(budget, _directory.Combine("spool"));
        await using var run = new MergeRun(startTs: 10) { Memory = memory };
        for (int pump = 0; pump < Pumps; pump++)
        {
            // One after the other, so that the first ones hold all of the memory when the last ones come.
            await run.AddAsync($"p{pump}", new EndlessPump(pump));
        }

        var expected = new List<ulong>();
        var merged = new List<MergedBinlog>();
        long most = 0;
        while (run.Merger.LastTs < EndlessPump.Ts(Rounds, 0))
        {
            merged.Clear();
            await run.Merger.ReadBatchAsync(merged, 1000, TestContext.Current.CancellationToken);
            most = Math.Max(most, memory.Budget.Held);
            foreach (MergedBinlog binlog in merged)
            {
                var sent = new LargeBinlog(binlog.CommitTs, EndlessPump.Bytes(binlog.CommitTs));
                Assert.True(sent.IsEqual(binlog.Length, (target, offset) => Read(binlog, target, offset)), $"{binlog.CommitTs}");
                expected.Add(binlog.CommitTs);
                binlog.Spool?.Release();
            }
        }

        Assert.Equal(Enumerable.Range(0, expected.Count).Select(index => EndlessPump.Ts(index / Pumps, index % Pumps)), expected);
        Assert.InRange(most, 0, budget + 3000L * Pumps);
        Assert.InRange(memory.Spool.Files, 0, 2 * Pumps + 1);
        Assert.True(memory.Spool.Count > 0 || budget > 4_000);
        await memory.Spool.DisposeAsync();
    }

    private static void Read(in MergedBinlog binlog, Span<byte> target, int offset)
    {
        if (binlog.Spool is { } spool)
        {
            spool.Read(target, offset);
        }
        else
        {
            binlog.Payload.Span.Slice(offset, target.Length).CopyTo(target);
        }
    }

    /// <summary>Sends binlogs without end, as fast as they are taken. Pump n has every 50th commit TS from n on.</summary>
    private sealed class EndlessPump(int number) : IBinlogPuller
    {
        public static ulong Ts(int round, int pump) => (ulong)(100 + (round * Pumps) + pump);

        public static int Bytes(ulong commitTs) => (int)(commitTs * 7919 % 2500);

        public async IAsyncEnumerable<PulledBinlog> PullAsync(ulong afterCommitTs, Action connected, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            connected();
            for (int round = 0; ; round++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                ulong commitTs = Ts(round, number);
                if (commitTs > afterCommitTs)
                {
                    byte[] payload = new LargeBinlog(commitTs, Bytes(commitTs)).ToArray();
                    BinlogHeader header = BinlogHeader.Parse(payload);
                    yield return new PulledBinlog(header.CommitTs, header.StartTs, header.IsFake, payload);
                }

                await Task.Yield();
            }
        }
    }
}
