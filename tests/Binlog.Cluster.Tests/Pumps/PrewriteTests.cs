using Binlog.Cluster.Pumps;
using Binlog.ClusterKit.Pumps;
using Binlog.TestKit.Waiting;
using Binlog.TiDB.Records;
using Grpc.Core;

namespace Binlog.Cluster.Tests.Pumps;

/// <summary>How a prewrite finds a Pump, against Pumps that fail as told, over real connections.</summary>
public sealed class PrewriteTests : IAsyncDisposable
{
    private readonly ScriptedCluster _cluster = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task PrewriteAsync_TwoPumps_RoundRobin()
    {
        ScriptedPump one = await _cluster.StartPumpAsync(), two = await _cluster.StartPumpAsync();
        PumpClient client = await _cluster.OpenAsync(one, two);

        for (ulong startTs = 1; startTs <= 6; startTs++)
        {
            await PrewriteAsync(client, startTs);
        }

        Assert.Equal([2, 4, 6], one.Prewrites);
        Assert.Equal([1, 3, 5], two.Prewrites);
    }

    [Fact]
    public async Task PrewriteAsync_Hash_SamePumpForTheSameTransaction()
    {
        ScriptedPump one = await _cluster.StartPumpAsync(), two = await _cluster.StartPumpAsync();
        var options = new PumpClientOptions { Strategy = PumpStrategy.Hash };
        PumpClient first = await _cluster.OpenAsync(options, one, two), second = await _cluster.OpenAsync(options, one, two);

        for (ulong startTs = 1; startTs <= 40; startTs++)
        {
            Assert.Equal((await PrewriteAsync(first, startTs)).PumpAddress, (await PrewriteAsync(second, startTs)).PumpAddress);
        }

        Assert.InRange(one.Received.Count, 20, 60);
    }

    [Fact]
    public async Task PrewriteAsync_LeastLoaded_GoesWhereTheFewestBytesAreUnderWay()
    {
        ScriptedPump one = await _cluster.StartPumpAsync(), two = await _cluster.StartPumpAsync();
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        one.Script = two.Script = header => header.StartTs == 1 ? answer.Task : Task.CompletedTask;
        PumpClient client = await _cluster.OpenAsync(new PumpClientOptions { Strategy = PumpStrategy.LeastLoaded }, one, two);

        Task<PrewrittenTransaction> first = PrewriteAsync(client, 1);
        await Eventually.HoldsAsync("the first prewrite is under way", () => one.Received.Count + two.Received.Count == 1, Cancelled);
        ScriptedPump idle = one.Received.Count == 0 ? one : two;
        for (ulong startTs = 2; startTs <= 6; startTs++)
        {
            Assert.Equal(idle.Address, (await PrewriteAsync(client, startTs)).PumpAddress);
        }

        answer.SetResult();
        Assert.NotEqual(idle.Address, (await first).PumpAddress);
    }

    [Fact]
    public async Task PrewriteAsync_PumpAway_GoesOnToTheNext()
    {
        ScriptedPump away = await _cluster.PreparePumpAsync(), there = await _cluster.StartPumpAsync();
        PumpClient client = await _cluster.OpenAsync(away, there);

        for (ulong startTs = 1; startTs <= 4; startTs++)
        {
            Assert.Equal(there.Address, (await PrewriteAsync(client, startTs)).PumpAddress);
        }

        // Nothing was sent to the one that is away, so it is not waited for in order to void something there.
        await client.FlushAsync(Cancelled).WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
    }

    [Fact]
    public async Task PrewriteAsync_Unanswered_FirstPumpIsToldThatItsCopyIsVoid()
    {
        ScriptedPump first = await _cluster.StartPumpAsync(), second = await _cluster.StartPumpAsync();
        int failures = 3;
        first.Script = _ => failures-- > 0 ? throw ScriptedPump.Failure(StatusCode.Unavailable) : Task.CompletedTask;
        PumpClient client = await _cluster.OpenAsync(second, first);

        PrewrittenTransaction transaction = await PrewriteAsync(client, 5);
        await client.FlushAsync(Cancelled);

        Assert.Equal(second.Address, transaction.PumpAddress);
        Assert.Equal(
            [BinlogType.Prewrite, BinlogType.Rollback, BinlogType.Rollback, BinlogType.Rollback],
            first.Received.Select(header => header.Type));
        Assert.All(first.Received, header => Assert.Equal(5ul, header.StartTs));
        Assert.Equal(0ul, first.Received[^1].CommitTs);
        Assert.Equal([BinlogType.Prewrite], second.Received.Select(header => header.Type));
    }

    [Fact]
    public async Task PrewriteAsync_UnansweredThenTakenByTheSamePump_IsNotVoid()
    {
        ScriptedPump only = await _cluster.StartPumpAsync();
        int failures = 1;
        only.Script = _ => failures-- > 0 ? throw ScriptedPump.Failure(StatusCode.Unavailable) : Task.CompletedTask;
        PumpClient client = await _cluster.OpenAsync(only);

        await PrewriteAsync(client, 5);
        await client.FlushAsync(Cancelled);

        Assert.Equal([BinlogType.Prewrite, BinlogType.Prewrite], only.Received.Select(header => header.Type));
    }

    [Fact]
    public async Task PrewriteAsync_NoAnswerInTime_GoesOn()
    {
        ScriptedPump mute = await _cluster.StartPumpAsync(), second = await _cluster.StartPumpAsync();
        TaskCompletionSource asked = MuteToPrewrites(mute);
        PumpClient client = await _cluster.OpenAsync(second, mute);

        Task<PrewrittenTransaction> prewrite = PrewriteAsync(client, 5);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        Assert.False(prewrite.IsCompleted);
        _cluster.Time.Advance(2 * new PumpClientOptions().CallTimeout);

        Assert.Equal(second.Address, (await prewrite).PumpAddress);
        await client.FlushAsync(Cancelled);
        Assert.Equal(BinlogType.Rollback, mute.Received[^1].Type);
    }

    [Fact]
    public async Task PrewriteAsync_Cancelled_WhatMayBeStoredIsRolledBack()
    {
        ScriptedPump mute = await _cluster.StartPumpAsync();
        TaskCompletionSource asked = MuteToPrewrites(mute);
        PumpClient client = await _cluster.OpenAsync(mute);
        using var source = new CancellationTokenSource();

        Task<PrewrittenTransaction> prewrite = client.Begin(5).PrewriteAsync(ScriptedCluster.Prewrite(5), source.Token);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => prewrite);
        await client.FlushAsync(Cancelled);
        Assert.Equal([BinlogType.Prewrite, BinlogType.Rollback], mute.Received.Select(header => header.Type));
    }

    [Fact]
    public async Task PrewriteAsync_NoPumpInTime_NamesEachPumpsAnswerAndRollsBackWhatMayBeStored()
    {
        ScriptedPump away = await _cluster.PreparePumpAsync(), failing = await _cluster.StartPumpAsync();
        failing.Script = header => header.Type == BinlogType.Prewrite ? throw ScriptedPump.Failure(StatusCode.Unavailable) : Task.CompletedTask;
        PumpClient client = await _cluster.OpenAsync(new PumpClientOptions { WriteTimeout = TimeSpan.FromSeconds(3) }, away, failing);
        DateTimeOffset started = _cluster.Time.GetUtcNow();

        var exception = await Assert.ThrowsAsync<ClusterException>(() => PrewriteAsync(client, 9));

        Assert.StartsWith("No Pump took the prewrite of start TS 9 within 3 s", exception.Message, StringComparison.Ordinal);
        Assert.Contains($"{away.Address} did not take the binlog: Unavailable", exception.Message, StringComparison.Ordinal);
        Assert.Contains($"{failing.Address} did not take the binlog: Unavailable: as the script says", exception.Message, StringComparison.Ordinal);
        Assert.InRange(_cluster.Time.GetUtcNow() - started, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(4));
        await client.FlushAsync(Cancelled);
        Assert.Equal(BinlogType.Rollback, failing.Received[^1].Type);
    }

    [Fact]
    public async Task PrewriteAsync_TimeIsOver_EveryPumpIsTriedAllTheSame()
    {
        ScriptedPump[] failing = [await _cluster.StartPumpAsync(), await _cluster.StartPumpAsync(), await _cluster.StartPumpAsync()];
        foreach (ScriptedPump pump in failing)
        {
            pump.Script = _ => throw ScriptedPump.Failure(StatusCode.Unknown);
        }

        PumpClient client = await _cluster.OpenAsync(new PumpClientOptions { WriteTimeout = TimeSpan.Zero }, failing);

        await Assert.ThrowsAsync<ClusterException>(() => PrewriteAsync(client, 9));

        // Each in its turn, and each once more in the last round.
        Assert.All(failing, pump => Assert.Equal(2, pump.Prewrites.Count));
    }

    [Theory]
    [InlineData(StatusCode.ResourceExhausted)]
    [InlineData(StatusCode.InvalidArgument)]
    [InlineData(StatusCode.Unimplemented)]
    public async Task PrewriteAsync_RefusedForGood_IsNotRetried(StatusCode code)
    {
        ScriptedPump pump = await _cluster.StartPumpAsync(), other = await _cluster.StartPumpAsync();
        pump.Script = _ => throw ScriptedPump.Failure(code);
        PumpClient client = await _cluster.OpenAsync(other, pump);

        var exception = await Assert.ThrowsAsync<ClusterException>(() => PrewriteAsync(client, 1));

        Assert.Contains($"{code}: as the script says", exception.Message, StringComparison.Ordinal);
        Assert.False(exception.IsTransient);
        Assert.Single(pump.Received);
        Assert.Empty(other.Received);
        Assert.Equal(0, _cluster.Time.Skips);
    }

    [Fact]
    public async Task PrewriteAsync_LongerThanTheLimit_RefusedHere()
    {
        ScriptedPump pump = await _cluster.StartPumpAsync();
        PumpClient client = await _cluster.OpenAsync(new PumpClientOptions { MaxMessageBytes = 1000 }, pump);

        var exception = await Assert.ThrowsAsync<BinlogTooLargeException>(() => PrewriteAsync(client, 1, padding: 1000));
        await PrewriteAsync(client, 2, padding: 900);

        Assert.StartsWith($"The binlog data is too large: the prewrite of start TS 1 has {ScriptedCluster.Prewrite(1, 1000).Length} bytes, and this client sends 983 at most", exception.Message, StringComparison.Ordinal);
        Assert.Equal([2], pump.Prewrites);
    }

    [Theory]
    [InlineData(StatusCode.ResourceExhausted, "grpc: received message larger than max (5000 vs. 4000 bytes)")]
    [InlineData(StatusCode.ResourceExhausted, "trying to send message larger than max (5000 vs. 4000)")]
    [InlineData(StatusCode.ResourceExhausted, "pump store: a record of 5000 bytes is larger than the limit of 4000 bytes (MaxRecordBytes).")]
    public async Task PrewriteAsync_LongerThanThePumpsLimit_SaysSo(StatusCode code, string answer)
    {
        ScriptedPump pump = await _cluster.StartPumpAsync();
        pump.Script = _ => throw ScriptedPump.Failure(code, answer);
        PumpClient client = await _cluster.OpenAsync(pump);

        var exception = await Assert.ThrowsAsync<BinlogTooLargeException>(() => PrewriteAsync(client, 1));

        Assert.StartsWith("The binlog data is too large", exception.Message, StringComparison.Ordinal);
        Assert.Contains(answer, exception.Message, StringComparison.Ordinal);
        Assert.Single(pump.Received);
    }

    [Fact]
    public async Task BeginAgain_PumpUnanswered_StaysWithItUntilItsPatienceIsOver()
    {
        ScriptedPump away = await _cluster.PreparePumpAsync(), second = await _cluster.StartPumpAsync();
        PumpClient client = await _cluster.OpenAsync(new PumpClientOptions { RepeatPatience = TimeSpan.FromSeconds(2) }, second, away);
        ulong startTs = await StartTsOfAsync(away, second);
        DateTimeOffset started = _cluster.Time.GetUtcNow();

        PrewrittenTransaction transaction = await client.BeginAgain(startTs).PrewriteAsync(ScriptedCluster.Prewrite(startTs), Cancelled);

        Assert.Equal(second.Address, transaction.PumpAddress);
        Assert.True(_cluster.Time.GetUtcNow() - started >= TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task BeginAgain_NoPumpInTime_IsNotRolledBack()
    {
        ScriptedPump pump = await _cluster.StartPumpAsync();
        pump.Script = _ => throw ScriptedPump.Failure(StatusCode.Unavailable);
        PumpClient client = await _cluster.OpenAsync(new PumpClientOptions { WriteTimeout = TimeSpan.FromSeconds(1) }, pump);

        await Assert.ThrowsAsync<ClusterException>(() => client.BeginAgain(5).PrewriteAsync(ScriptedCluster.Prewrite(5), Cancelled));
        await client.FlushAsync(Cancelled);

        Assert.NotEmpty(pump.Received);
        Assert.All(pump.Received, header => Assert.Equal(BinlogType.Prewrite, header.Type));
    }

    private static Task<PrewrittenTransaction> PrewriteAsync(PumpClient client, ulong startTs, int padding = 0) =>
        client.Begin(startTs).PrewriteAsync(ScriptedCluster.Prewrite(startTs, padding), Cancelled);

    /// <summary>Never answers a prewrite.</summary>
    private static TaskCompletionSource MuteToPrewrites(ScriptedPump pump)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        pump.Script = header =>
        {
            asked.TrySetResult();
            return header.Type == BinlogType.Prewrite ? Task.Delay(Timeout.Infinite, Cancelled) : Task.CompletedTask;
        };
        return asked;
    }

    /// <summary>A start TS whose first Pump is the second of two.</summary>
    private async Task<ulong> StartTsOfAsync(ScriptedPump second, ScriptedPump first)
    {
        await second.ListenAsync();
        PumpClient client = await _cluster.OpenAsync(first, second);
        ulong startTs = 0;
        while ((await client.BeginAgain(++startTs).PrewriteAsync(ScriptedCluster.Prewrite(startTs), Cancelled)).PumpAddress != second.Address)
        {
            Assert.True(startTs < 1000);
        }

        await second.StopAsync();
        return startTs;
    }
}
