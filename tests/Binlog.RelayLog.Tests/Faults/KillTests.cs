using System.Buffers.Binary;
using Binlog.RelayLog.Tests.Support;
using Binlog.TestKit.Capabilities;

namespace Binlog.RelayLog.Tests.Faults;

/// <summary>Kills a real process with SIGKILL again and again. BINLOG_KILL_ROUNDS sets how often, BINLOG_KILL_SEED repeats the seed that was printed.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private static readonly int Rounds = LongRun.Rounds("BINLOG_KILL_ROUNDS", 20, 1000);

    [Fact]
    public async Task SigKill_AtRandomMoments_KeepsEverythingAcknowledgedInOrder()
    {
        using var directory = new TemporaryDirectory();
        int anySeed = Environment.TickCount & int.MaxValue;
        int seed = LongRun.Rounds("BINLOG_KILL_SEED", anySeed, anySeed);
        output.WriteLine($"BINLOG_KILL_SEED={seed}, {Rounds} kills");
        var random = new Random(seed);
        var acknowledged = new Dictionary<ushort, ulong>();
        ulong lastSequence = 0;
        for (int round = 0; round < Rounds; round++)
        {
            using (CrashChild child = CrashChild.Start(directory.Path, appenders: 8, random.Next()))
            {
                await child.WaitUntilReadyAsync();
                await child.KillAfterAsync(random.Next(0, 300));
                foreach ((ushort appender, ulong number) in child.Acknowledged)
                {
                    acknowledged[appender] = number;
                }
            }

            lastSequence = await VerifyAsync(directory.Path, acknowledged, lastSequence, $"seed {seed}, round {round}");
        }
    }

    private static async Task<ulong> VerifyAsync(string directory, Dictionary<ushort, ulong> acknowledged, ulong lastSequence, string when)
    {
        await using SegmentedLog log = await SegmentedLog.OpenAsync(
            new SegmentedLogOptions { Directory = directory, SegmentSizeBytes = 64 * 1024 }, CancellationToken.None);
        using LogReader reader = log.OpenReader(default);
        var next = new ulong[8];
        ulong sequence = 0;
        while (reader.TryRead(out LogRecord record))
        {
            Assert.True(++sequence == record.Sequence, when);
            Assert.True(next[record.Tag.Kind] == record.Tag.StartTs, $"{when}: appender {record.Tag.Kind} lost, doubled or reordered record {next[record.Tag.Kind]}");
            Assert.True(BinaryPrimitives.ReadUInt64LittleEndian(record.Payload.Span) == record.Tag.StartTs, when);
            next[record.Tag.Kind]++;
        }

        foreach ((ushort appender, ulong number) in acknowledged)
        {
            Assert.True(next[appender] > number, $"{when}: appender {appender} had record {number} acknowledged, the log has up to {next[appender]}");
        }

        Assert.True(sequence >= lastSequence, when);
        return sequence;
    }
}
