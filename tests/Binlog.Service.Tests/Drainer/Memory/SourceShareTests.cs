using Binlog.Service.Drainer.Memory;

namespace Binlog.Service.Tests.Drainer.Memory;

public sealed class SourceShareTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Take_AnotherSourceComes_GivesWayAsItsBinlogsAreReleased()
    {
        var budget = new SourceBudget(1000, 1000);
        SourceShare first = budget.Join();
        Assert.True(await first.TakeAsync(900, Token));
        SourceShare second = budget.Join();

        Assert.True(await second.TakeAsync(100, Token));
        Task<bool> more = second.TakeAsync(150, Token).AsTask();
        Assert.False(more.IsCompleted);
        second.Release(100);
        Assert.False(await more.WaitAsync(Token)); // the other still has it: through a file
        first.Release(900);
        Assert.True(await second.TakeAsync(500, Token));
        Assert.Equal(500, budget.Held);
    }

    [Fact]
    public async Task Take_MoreThanItsPart_IsRefusedWhenItHoldsNothing()
    {
        var budget = new SourceBudget(1000, 1000);
        (SourceShare one, _) = (budget.Join(), budget.Join());

        Assert.False(await one.TakeAsync(501, Token));
        Assert.True(await one.TakeAsync(500, Token));
        Assert.Equal(500, budget.Held);
    }

    [Fact]
    public async Task TakeFile_OneIsThere_WaitsForIt()
    {
        SourceShare share = new SourceBudget(1000, 1000).Join();
        await share.TakeFileAsync(Token);
        Task second = share.TakeFileAsync(Token).AsTask();
        Assert.False(second.IsCompleted);
        share.ReleaseFile();
        await second.WaitAsync(Token);
    }

    [Fact]
    public async Task Take_AndReleaseByManyThreads_HoldsNeverMoreThanTheBudget()
    {
        var budget = new SourceBudget(10_000, 1000);
        long most = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(number => Task.Run(
            async () =>
            {
                SourceShare share = budget.Join();
                var random = new Random(number);
                var held = new Queue<int>();
                for (int round = 0; round < 5000; round++)
                {
                    int size = random.Next(1, 900);
                    Task<bool> taking = share.TakeAsync(size, Token).AsTask();
                    while (!taking.IsCompleted && held.TryDequeue(out int oldest))
                    {
                        share.Release(oldest);
                    }

                    if (await taking)
                    {
                        held.Enqueue(size);
                    }

                    InterlockedMax(ref most, budget.Held);
                }

                while (held.TryDequeue(out int rest))
                {
                    share.Release(rest);
                }

                share.Leave();
            },
            Token)));

        Assert.Equal(0, budget.Held);

        // Whoever finds no room has added to the count for a moment.
        Assert.InRange(most, 1, 10_000 + (8 * 900));
    }

    private static void InterlockedMax(ref long most, long value)
    {
        long seen = Interlocked.Read(ref most);
        while (value > seen && Interlocked.CompareExchange(ref most, value, seen) is var now && now != seen)
        {
            seen = now;
        }
    }
}
