using Binlog.RelayLog.Format;
using Binlog.RelayLog.Tests.Support;

namespace Binlog.RelayLog.Tests.Repairing;

/// <summary>Ends a repair at every single file operation and repairs again.</summary>
public sealed class RepairCrashTests
{
    private static readonly int[] Sizes = [1200, 40, 1700, 1500, 0, 1700, 1500, 100, 1700, 1500, 40, 2000];

    [Fact]
    public Task KilledAtEveryOperation_RepairedAgain_EndsInTheSameState() => ForEveryOperationAsync((files, _) => files.Restart());

    [Fact]
    public Task PowerLostAtEveryOperation_RepairedAgain_EndsInTheSameState() => ForEveryOperationAsync((files, operation) => files.LosePower(new Random(operation)));

    private static async Task ForEveryOperationAsync(Func<MemoryFileSystem, int, MemoryFileSystem> end)
    {
        MemoryFileSystem damaged = await DamagedAsync();
        for (int operation = 1; ; operation++)
        {
            MemoryFileSystem files = damaged.Restart();
            int stop = operation;
            files.Before = (_, _) => files.Operations == stop;
            try
            {
                await RepairDriver.RepairAsync(files);
            }
            catch (RelayLogException)
            {
                Assert.True(files.Crashed);
            }

            bool wasWhole = !files.Crashed;
            MemoryFileSystem after = end(files, operation);

            await RepairDriver.RepairAsync(after);

            Assert.Equal(RepairDriver.Sequences(12, 2, 4, 5, 6, 8), await RepairDriver.ReadAllAsync(after));
            if (wasWhole)
            {
                Assert.InRange(operation, 30, 1000);
                return;
            }
        }
    }

    /// <summary>A flipped bit in segment 1, segment 2 gone, header and a record of segment 3 overwritten.</summary>
    private static async Task<MemoryFileSystem> DamagedAsync()
    {
        var built = new MemoryFileSystem();
        List<LogPosition> positions;
        await using (SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, built)))
        {
            positions = await LogDriver.AppendAsync(log, Sizes);
            built.FlushDirectory(DamagedLog.Directory);
        }

        MemoryFileSystem files = built.Restart();
        Change(files, 1, content => content[positions[1].Offset + 50] ^= 1);
        files.Delete(DamagedLog.PathOf(2));
        Change(files, 3, content =>
        {
            content.AsSpan(0, SegmentHeader.Size).Clear();
            content[positions[7].Offset + 50] ^= 1;
        });
        files.FlushDirectory(DamagedLog.Directory);
        return files;
    }

    /// <summary>Damage that is on the disk, not only in the cache.</summary>
    private static void Change(MemoryFileSystem files, ulong segment, Action<byte[]> damage)
    {
        MemoryFile file = files.File(DamagedLog.PathOf(segment));
        byte[] content = (byte[])file.Content.Clone();
        damage(content);
        file.Content = content;
        file.Flush();
    }
}
