using Binlog.Cluster;
using Binlog.Cluster.Pumps;
using Binlog.Service.Tests.Pump;
using Binlog.TestKit.Time;
using Binlog.TestKit.Waiting;
using Binlog.TiDB.Records;
using Grpc.Core;

namespace Binlog.Service.Tests.Cluster;

/// <summary>The Pump Client against Pumps that fail as told, over real connections.</summary>
public sealed class PumpClientTests : IAsyncDisposable
{
    private readonly SkippingTimeProvider _time = new(TimeSpan.FromSeconds(1));
    private readonly List<IAsyncDisposable> _owned = [];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        for (int index = _owned.Count - 1; index >= 0; index--)
        {
            await _owned[index].DisposeAsync();
        }
    }

    [Fact]
    public async Task PrewriteAsync_TwoPumps_RoundRobin()
    {
        ScriptedPump one = await StartPumpAsync(), two = await StartPumpAsync();
        PumpClient client = Client(one, two);

        for (ulong startTs = 1; startTs <= 6; startTs++)
        {
            await client.PrewriteAsync(startTs, TestBinlogs.Prewrite(startTs), Cancelled);
        }

        Assert.Equal((3, 3), (one.Received.Count, two.Received.Count));
    }

    [Fact]
    public async Task DecideAsync_GoesToThePumpOfThePrewrite()
    {
        ScriptedPump one = await StartPumpAsync(), two = await StartPumpAsync();
        PumpClient client = Client(one, two);
        var transactions = new List<PumpTransaction>();
        for (ulong startTs = 1; startTs <= 4; startTs++)
        {
            transactions.Add(await client.PrewriteAsync(startTs, TestBinlogs.Prewrite(startTs), Cancelled));
        }

        foreach (PumpTransaction transaction in transactions)
        {
            await client.DecideAsync(transaction, TestBinlogs.Commit(transaction.StartTs, transaction.StartTs + 10), Cancelled);
        }

        foreach (ScriptedPump pump in new[] { one, two })
        {
            ulong[] prewrites = [.. pump.Received.Where(header => header.Type == BinlogType.Prewrite).Select(header => header.StartTs)];
            Assert.Equal(prewrites, pump.Received.Where(header => header.Type == BinlogType.Commit).Select(header => header.StartTs));
            Assert.All(transactions.Where(transaction => prewrites.Contains(transaction.StartTs)), transaction => Assert.Equal(pump.Address, transaction.PumpAddress));
        }
    }

    [Fact]
    public async Task PrewriteAsync_PumpAway_GoesOnToTheNext()
    {
        ScriptedPump away = ScriptedPump.Prepare(), there = await StartPumpAsync();
        PumpClient client = Client(away, there);

        for (ulong startTs = 1; startTs <= 4; startTs++)
        {
            Assert.Equal(there.Address, (await client.PrewriteAsync(startTs, TestBinlogs.Prewrite(startTs), Cancelled)).PumpAddress);
        }

        // Nothing was sent to the one that is away, so it is not waited for in order to void something there.
        await client.FlushAsync().WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
    }

    [Fact]
    public async Task PrewriteAsync_NotOnline_GoesOnToTheNextAndVoidsNothing()
    {
        ScriptedPump paused = await StartPumpAsync(), there = await StartPumpAsync();
        paused.Script = _ => throw ScriptedPump.Failure(StatusCode.FailedPrecondition);
        PumpClient client = Client(there, paused);

        Assert.Equal(there.Address, (await client.PrewriteAsync(1, TestBinlogs.Prewrite(1), Cancelled)).PumpAddress);
        Assert.Equal(there.Address, (await client.PrewriteAsync(2, TestBinlogs.Prewrite(2), Cancelled)).PumpAddress);
        await client.FlushAsync();

        Assert.All(paused.Received, header => Assert.Equal(BinlogType.Prewrite, header.Type));
        Assert.NotEmpty(paused.Received);
    }

    [Fact]
    public async Task PrewriteAsync_Unanswered_FirstPumpIsToldThatItsCopyIsVoid()
    {
        ScriptedPump first = await StartPumpAsync(), second = await StartPumpAsync();
        int failures = 3;
        first.Script = _ => failures-- > 0 ? throw ScriptedPump.Failure(StatusCode.Unavailable) : Task.CompletedTask;
        PumpClient client = Client(second, first);

        PumpTransaction transaction = await client.PrewriteAsync(5, TestBinlogs.Prewrite(5), Cancelled);
        await client.FlushAsync();

        Assert.Equal(second.Address, transaction.PumpAddress);
        Assert.Equal(
            [BinlogType.Prewrite, BinlogType.Rollback, BinlogType.Rollback, BinlogType.Rollback],
            first.Received.Select(header => header.Type));
        Assert.All(first.Received, header => Assert.Equal(5ul, header.StartTs));
        Assert.Equal(0ul, first.Received[^1].CommitTs);
        Assert.Equal([BinlogType.Prewrite], second.Received.Select(header => header.Type));
    }

    [Fact]
    public async Task PrewriteAsync_ByStartTs_SamePumpForTheSameTransaction()
    {
        ScriptedPump one = await StartPumpAsync(), two = await StartPumpAsync();
        PumpClientOptions options = new() { Selection = PumpSelection.ByStartTs };
        PumpClient first = Client(options, one, two), second = Client(options, one, two);

        for (ulong startTs = 1; startTs <= 40; startTs++)
        {
            string address = (await first.PrewriteAsync(startTs, TestBinlogs.Prewrite(startTs), Cancelled)).PumpAddress;
            Assert.Equal(address, (await second.PrewriteAsync(startTs, TestBinlogs.Prewrite(startTs), Cancelled)).PumpAddress);
        }

        Assert.InRange(one.Received.Count, 20, 60);
    }

    [Fact]
    public async Task PrewriteAsync_UnansweredWithPatience_StaysWithItsPumpUntilItIsOver()
    {
        ScriptedPump away = ScriptedPump.Prepare(), second = await StartPumpAsync();
        PumpClient client = Client(new PumpClientOptions { FirstPumpPatience = TimeSpan.FromSeconds(2), DecisionTimeout = TimeSpan.Zero }, second, away);
        DateTimeOffset started = _time.GetUtcNow();

        PumpTransaction transaction = await client.PrewriteAsync(5, TestBinlogs.Prewrite(5), Cancelled);

        Assert.Equal(second.Address, transaction.PumpAddress);
        Assert.True(_time.GetUtcNow() - started >= TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task PrewriteAsync_NoPumpInTimeAndToBeSentAgain_IsNotRolledBack()
    {
        ScriptedPump pump = await StartPumpAsync();
        pump.Script = _ => throw ScriptedPump.Failure(StatusCode.Unavailable);
        PumpClient client = Client(new PumpClientOptions { WriteTimeout = TimeSpan.FromSeconds(1), RollBackFailedPrewrites = false }, pump);

        await Assert.ThrowsAsync<ClusterException>(() => client.PrewriteAsync(5, TestBinlogs.Prewrite(5), Cancelled));
        await client.FlushAsync();

        Assert.All(pump.Received, header => Assert.Equal(BinlogType.Prewrite, header.Type));
    }

    [Fact]
    public async Task PrewriteAsync_UnansweredThenTakenByTheSamePump_IsNotVoid()
    {
        ScriptedPump only = await StartPumpAsync();
        int failures = 1;
        only.Script = _ => failures-- > 0 ? throw ScriptedPump.Failure(StatusCode.Unavailable) : Task.CompletedTask;
        PumpClient client = Client(only);

        await client.PrewriteAsync(5, TestBinlogs.Prewrite(5), Cancelled);
        await client.FlushAsync();

        Assert.Equal([BinlogType.Prewrite, BinlogType.Prewrite], only.Received.Select(header => header.Type));
    }

    [Fact]
    public async Task PrewriteAsync_NoAnswerInTime_GoesOn()
    {
        ScriptedPump mute = await StartPumpAsync(), second = await StartPumpAsync();
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        mute.Script = header =>
        {
            asked.TrySetResult();
            return header.Type == BinlogType.Prewrite ? Task.Delay(Timeout.Infinite, Cancelled) : Task.CompletedTask;
        };
        PumpClient client = Client(second, mute);

        Task<PumpTransaction> prewrite = client.PrewriteAsync(5, TestBinlogs.Prewrite(5), Cancelled);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        Assert.False(prewrite.IsCompleted);
        _time.Advance(new PumpClientOptions().CallTimeout);

        Assert.Equal(second.Address, (await prewrite).PumpAddress);
        await client.FlushAsync();
        Assert.Equal(BinlogType.Rollback, mute.Received[^1].Type);
    }

    [Fact]
    public async Task PrewriteAsync_NoPumpInTime_NamesEachPumpsAnswer()
    {
        ScriptedPump away = ScriptedPump.Prepare(), refusing = await StartPumpAsync();
        refusing.Script = _ => throw ScriptedPump.Failure(StatusCode.FailedPrecondition);
        PumpClient client = Client(new PumpClientOptions { WriteTimeout = TimeSpan.FromSeconds(3), DecisionTimeout = TimeSpan.Zero }, away, refusing);
        DateTimeOffset started = _time.GetUtcNow();

        var exception = await Assert.ThrowsAsync<ClusterException>(() => client.PrewriteAsync(9, TestBinlogs.Prewrite(9), Cancelled));

        Assert.StartsWith("No Pump took the prewrite of start TS 9", exception.Message, StringComparison.Ordinal);
        Assert.Contains($"{away.Address} did not take the binlog: Unavailable", exception.Message, StringComparison.Ordinal);
        Assert.Contains($"{refusing.Address} did not take the binlog: FailedPrecondition: as the script says", exception.Message, StringComparison.Ordinal);
        Assert.InRange(_time.GetUtcNow() - started, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(4));
    }

    [Theory]
    [InlineData(StatusCode.ResourceExhausted)]
    [InlineData(StatusCode.InvalidArgument)]
    [InlineData(StatusCode.Unimplemented)]
    public async Task PrewriteAsync_RefusedForGood_IsNotRetried(StatusCode code)
    {
        ScriptedPump pump = await StartPumpAsync();
        pump.Script = _ => throw ScriptedPump.Failure(code);
        PumpClient client = Client(pump);

        var exception = await Assert.ThrowsAsync<ClusterException>(() => client.PrewriteAsync(1, TestBinlogs.Prewrite(1), Cancelled));

        Assert.Contains(code.ToString(), exception.Message, StringComparison.Ordinal);
        Assert.Single(pump.Received);
        Assert.Equal(0, _time.Skips);
    }

    [Fact]
    public async Task DecideAsync_PumpAway_RepeatedUntilItIsBack()
    {
        ScriptedPump pump = await StartPumpAsync();
        PumpClient client = Client(pump);
        PumpTransaction transaction = await client.PrewriteAsync(1, TestBinlogs.Prewrite(1), Cancelled);
        await pump.DisposeAsync();

        Task decision = client.DecideAsync(transaction, TestBinlogs.Commit(1, 2), Cancelled);
        await Eventually.HoldsAsync("the decision was tried three times", () => _time.Skips >= 3, Cancelled);
        Assert.False(decision.IsCompleted);
        await pump.ListenAsync();

        await decision.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        Assert.Equal(BinlogType.Commit, pump.Received[^1].Type);
    }

    [Theory]
    [InlineData(StatusCode.InvalidArgument)]
    [InlineData(StatusCode.OutOfRange)]
    public async Task DecideAsync_RefusedForGood_IsNotRetried(StatusCode code)
    {
        ScriptedPump pump = await StartPumpAsync();
        PumpClient client = Client(pump);
        PumpTransaction transaction = await client.PrewriteAsync(1, TestBinlogs.Prewrite(1), Cancelled);
        pump.Script = _ => throw ScriptedPump.Failure(code);

        var exception = await Assert.ThrowsAsync<PumpWriteException>(() => client.DecideAsync(transaction, TestBinlogs.Commit(1, 2), Cancelled));

        Assert.Equal(pump.Address, exception.Address);
        Assert.False(exception.MayBeStored);
        Assert.False(exception.IsTransient);
        Assert.Equal(2, pump.Received.Count);
    }

    [Fact]
    public async Task DecideAsync_PumpStaysAway_FailsAfterTheTimeLimit()
    {
        ScriptedPump pump = await StartPumpAsync();
        PumpClient client = Client(new PumpClientOptions { DecisionTimeout = TimeSpan.FromSeconds(2) }, pump);
        PumpTransaction transaction = await client.PrewriteAsync(1, TestBinlogs.Prewrite(1), Cancelled);
        await pump.DisposeAsync();
        DateTimeOffset started = _time.GetUtcNow();

        await Assert.ThrowsAsync<PumpWriteException>(() => client.DecideAsync(transaction, TestBinlogs.Commit(1, 2), Cancelled));

        Assert.InRange(_time.GetUtcNow() - started, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3));
    }

    [Fact]
    public async Task DecideAsync_Cancelled_Ends()
    {
        ScriptedPump pump = await StartPumpAsync();
        PumpClient client = Client(pump);
        PumpTransaction transaction = await client.PrewriteAsync(1, TestBinlogs.Prewrite(1), Cancelled);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        pump.Script = _ =>
        {
            asked.TrySetResult();
            return Task.Delay(Timeout.Infinite, Cancelled);
        };
        using var source = new CancellationTokenSource();
        Task decision = client.DecideAsync(transaction, TestBinlogs.Commit(1, 2), source.Token);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);

        await source.CancelAsync();

        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => decision);
        Assert.Equal(source.Token, exception.CancellationToken);
    }

    [Fact]
    public void Constructor_NoPumps_Throws() =>
        Assert.ThrowsAny<ArgumentException>(() => new PumpClient(ScriptedPump.ClusterId, [], new PumpClientOptions(), _time));

    private async Task<ScriptedPump> StartPumpAsync()
    {
        ScriptedPump pump = await ScriptedPump.StartAsync();
        _owned.Add(pump);
        return pump;
    }

    private PumpClient Client(params ScriptedPump[] pumps) => Client(new PumpClientOptions(), pumps);

    /// <summary>The first prewrite goes to the second Pump.</summary>
    private PumpClient Client(PumpClientOptions options, params ScriptedPump[] pumps)
    {
        var client = new PumpClient(ScriptedPump.ClusterId, [.. pumps.Select(pump => pump.Address)], options, _time);
        _owned.Add(client);
        return client;
    }
}
