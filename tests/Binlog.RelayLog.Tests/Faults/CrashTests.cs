using Binlog.RelayLog.Tests.Support;

namespace Binlog.RelayLog.Tests.Faults;

/// <summary>Ends the workload at every single file operation and opens what is left.</summary>
public sealed class CrashTests
{
    [Fact]
    public async Task KilledAtEveryOperation_KeepsEverythingAcknowledged()
    {
        await ForEveryOperationAsync(async (files, workload, _) => await workload.VerifyAsync(files.Restart()));
    }

    [Fact]
    public async Task PowerLostAtEveryOperation_KeepsEverythingAcknowledged()
    {
        await ForEveryOperationAsync(async (files, workload, operation) =>
            await workload.VerifyAsync(files.LosePower(new Random(operation))));
    }

    [Fact]
    public async Task PowerLostManyTimesDuringAppends_KeepsEverythingAcknowledged()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var files = new MemoryFileSystem();
            int crashAt = random.Next(5, 200);
            files.Before = (_, _) => files.Operations == crashAt;
            var workload = new Workload();
            await workload.RunAsync(files);

            await workload.VerifyAsync(files.LosePower(random));
        }
    }

    [Fact]
    public async Task CrashedAgainAtEveryOperationOfRecovery_EndsInTheSameState()
    {
        int total = await CountOperationsAsync();
        for (int first = 20; first <= total; first += 9)
        {
            var files = new MemoryFileSystem { Before = null };
            files.Before = (_, _) => files.Operations == first;
            var workload = new Workload();
            await workload.RunAsync(files);
            MemoryFileSystem crashed = files.LosePower(new Random(first));
            for (int second = 1; ; second++)
            {
                MemoryFileSystem again = crashed.Restart();
                int stop = second;
                again.Before = (_, _) => again.Operations == stop;
                try
                {
                    await using SegmentedLog log = await LogDriver.OpenAsync(Workload.Options(again));
                }
                catch (RelayLogException)
                {
                    Assert.True(again.Crashed);
                }

                await workload.Copy().VerifyAsync(again.LosePower(new Random(second)));
                if (!again.Crashed)
                {
                    break;
                }
            }
        }
    }

    [Fact]
    public async Task OpenAsync_RepeatedAfterATornTail_GivesTheSameState()
    {
        DamagedLog built = await DamagedLog.BuildAsync(100, 200, 300);
        MemoryFileSystem files = built.With(1, content => content[..^10]);

        for (int i = 0; i < 4; i++)
        {
            await using SegmentedLog log = await LogDriver.OpenAsync(built.Options(files));

            Assert.Equal([100, 200], LogDriver.ReadAll(log));
            Assert.Equal(i == 0, log.Recovery.TornTail is not null);
            files = files.Restart();
        }
    }

    private static async Task ForEveryOperationAsync(Func<MemoryFileSystem, Workload, int, Task> check)
    {
        int total = await CountOperationsAsync();
        Assert.InRange(total, 80, 2000);
        for (int operation = 1; operation <= total; operation++)
        {
            var files = new MemoryFileSystem();
            int stop = operation;
            files.Before = (_, _) => files.Operations == stop;
            var workload = new Workload();
            await workload.RunAsync(files);
            Assert.True(files.Crashed);

            await check(files, workload, operation);
        }
    }

    private static async Task<int> CountOperationsAsync()
    {
        var files = new MemoryFileSystem();
        Assert.Null(await new Workload().RunAsync(files));
        return files.Operations;
    }
}
