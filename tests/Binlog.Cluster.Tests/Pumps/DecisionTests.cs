using Binlog.Cluster.Pumps;
using Binlog.ClusterKit.Pumps;
using Binlog.TestKit.Waiting;
using Binlog.TiDB.Records;
using Binlog.TiDB.Schema;
using Grpc.Core;

namespace Binlog.Cluster.Tests.Pumps;

/// <summary>How a prewritten transaction is decided, and what is refused at once.</summary>
public sealed class DecisionTests : IAsyncDisposable
{
    private readonly ScriptedCluster _cluster = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task CommitAsync_GoesToThePumpOfThePrewrite()
    {
        ScriptedPump one = await _cluster.StartPumpAsync(), two = await _cluster.StartPumpAsync();
        PumpClient client = await _cluster.OpenAsync(one, two);
        var transactions = new List<PrewrittenTransaction>();
        for (ulong startTs = 1; startTs <= 4; startTs++)
        {
            transactions.Add(await client.Begin(startTs).PrewriteAsync(ScriptedCluster.Prewrite(startTs), Cancelled));
        }

        foreach (PrewrittenTransaction transaction in transactions)
        {
            await transaction.CommitAsync(transaction.StartTs + 10, Cancelled);
        }

        foreach (ScriptedPump pump in new[] { one, two })
        {
            Assert.Equal(2, pump.Prewrites.Count);
            Assert.Equal(pump.Prewrites, pump.Received.Where(header => header.Type == BinlogType.Commit).Select(header => header.StartTs));
            Assert.All(transactions.Where(transaction => pump.Prewrites.Contains(transaction.StartTs)), transaction => Assert.Equal(pump.Address, transaction.PumpAddress));
        }
    }

    [Fact]
    public async Task Decisions_AreWhatTiDBSends()
    {
        ScriptedPump pump = await _cluster.StartPumpAsync();
        PumpClient client = await _cluster.OpenAsync(pump);
        byte[] ddl = BinlogPayloads.DdlPrewrite(21, "CREATE DATABASE `a`", 5, SchemaState.Public);

        await (await client.Begin(1).PrewriteAsync(ScriptedCluster.Prewrite(1), Cancelled)).CommitAsync(2, Cancelled);
        await (await client.Begin(11).PrewriteAsync(ScriptedCluster.Prewrite(11), Cancelled)).RollbackAsync(Cancelled);
        await (await client.Begin(21).PrewriteAsync(ddl, Cancelled)).CommitAsync(22, Cancelled);

        // 08 tp, 10 start_ts, 18 commit_ts, 22 prewrite_key "k", 38 ddl_job_id 0.
        Assert.Equal("0801" + "1001" + "1802" + "22016b" + "3800", Convert.ToHexStringLower(pump.Payloads[1]));
        Assert.Equal("0802" + "100b" + "1800" + "22016b" + "3800", Convert.ToHexStringLower(pump.Payloads[3]));

        // After the head (tp, start_ts, commit_ts) everything as in the prewrite.
        Assert.Equal(ddl, pump.Payloads[4]);
        Assert.Equal([0x08, 1, 0x10, 21, 0x18, 22, .. ddl.AsSpan(6)], pump.Payloads[5]);
    }

    [Fact]
    public async Task CommitAsync_PumpAway_RepeatedUntilItIsBack()
    {
        ScriptedPump pump = await _cluster.StartPumpAsync();
        PrewrittenTransaction transaction = await PrewriteAsync(await _cluster.OpenAsync(pump), 1);
        await pump.StopAsync();

        Task decision = transaction.CommitAsync(2, Cancelled);
        await Eventually.HoldsAsync("the decision was tried three times", () => _cluster.Time.Skips >= 3, Cancelled);
        Assert.False(decision.IsCompleted);
        await pump.ListenAsync();

        await decision.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        Assert.Equal(BinlogType.Commit, pump.Received[^1].Type);
    }

    [Theory]
    [InlineData(StatusCode.InvalidArgument, false)]
    [InlineData(StatusCode.OutOfRange, true)]
    public async Task CommitAsync_RefusedForGood_IsNotRetried(StatusCode code, bool isTooLate)
    {
        ScriptedPump pump = await _cluster.StartPumpAsync();
        PrewrittenTransaction transaction = await PrewriteAsync(await _cluster.OpenAsync(pump), 1);
        pump.Script = _ => throw ScriptedPump.Failure(code);

        var exception = await Assert.ThrowsAsync<PumpWriteException>(() => transaction.CommitAsync(2, Cancelled));

        Assert.Equal(pump.Address, exception.Address);
        Assert.Equal((false, false, isTooLate), (exception.MayBeStored, exception.IsTransient, exception.IsTooLate));
        Assert.Equal(2, pump.Received.Count);
    }

    [Fact]
    public async Task CommitAsync_PumpStaysAway_ReportedAndCanBeRepeatedWithTheSameCommitTsOnly()
    {
        ScriptedPump pump = await _cluster.StartPumpAsync();
        PrewrittenTransaction transaction = await PrewriteAsync(await _cluster.OpenAsync(new PumpClientOptions { DecisionTimeout = TimeSpan.FromSeconds(2) }, pump), 1);
        await pump.StopAsync();
        DateTimeOffset started = _cluster.Time.GetUtcNow();

        await Assert.ThrowsAsync<PumpWriteException>(() => transaction.CommitAsync(2, Cancelled));

        Assert.InRange(_cluster.Time.GetUtcNow() - started, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3));
        await pump.ListenAsync();
        Assert.Contains("its commit at 2 could not be delivered", Refused(() => transaction.CommitAsync(3, Cancelled)), StringComparison.Ordinal);
        Assert.Contains("only that commit can be repeated", Refused(() => transaction.RollbackAsync(Cancelled)), StringComparison.Ordinal);
        await transaction.DisposeAsync();
        await transaction.CommitAsync(2, Cancelled);
        Assert.Equal([BinlogType.Prewrite, BinlogType.Commit], pump.Received.Select(header => header.Type));
    }

    [Fact]
    public async Task CommitAsync_TooLate_OnlyARollbackIsLeft()
    {
        ScriptedPump pump = await _cluster.StartPumpAsync();
        PrewrittenTransaction transaction = await PrewriteAsync(await _cluster.OpenAsync(pump), 1);
        pump.Script = header => header.Type == BinlogType.Commit ? throw ScriptedPump.Failure(StatusCode.OutOfRange) : Task.CompletedTask;
        await Assert.ThrowsAsync<PumpWriteException>(() => transaction.CommitAsync(2, Cancelled));

        Assert.Contains("the Pump refused its commit at 2 for good", Refused(() => transaction.CommitAsync(2, Cancelled)), StringComparison.Ordinal);
        await transaction.RollbackAsync(Cancelled);

        Assert.Equal(BinlogType.Rollback, pump.Received[^1].Type);
    }

    [Fact]
    public async Task CommitAsync_Cancelled_Ends()
    {
        ScriptedPump pump = await _cluster.StartPumpAsync();
        PrewrittenTransaction transaction = await PrewriteAsync(await _cluster.OpenAsync(pump), 1);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        pump.Script = _ =>
        {
            asked.TrySetResult();
            return Task.Delay(Timeout.Infinite, Cancelled);
        };
        using var source = new CancellationTokenSource();
        Task decision = transaction.CommitAsync(2, source.Token);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        Assert.Contains("it is being decided", Refused(() => transaction.RollbackAsync(Cancelled)), StringComparison.Ordinal);

        await source.CancelAsync();

        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => decision);
        Assert.Equal(source.Token, exception.CancellationToken);
    }

    [Fact]
    public async Task Decision_SecondOne_ThrowsAtOnceAndSendsNothing()
    {
        ScriptedPump pump = await _cluster.StartPumpAsync();
        PumpClient client = await _cluster.OpenAsync(pump);
        PrewrittenTransaction committed = await PrewriteAsync(client, 1), rolledBack = await PrewriteAsync(client, 11);
        await committed.CommitAsync(2, Cancelled);
        await rolledBack.RollbackAsync(Cancelled);

        Assert.Contains("start TS 1 can't be committed: it is committed at 2", Refused(() => committed.CommitAsync(2, Cancelled)), StringComparison.Ordinal);
        Assert.Contains("start TS 1 can't be rolled back: it is committed at 2", Refused(() => committed.RollbackAsync(Cancelled)), StringComparison.Ordinal);
        Assert.Contains("start TS 11 can't be committed: it is rolled back", Refused(() => rolledBack.CommitAsync(12, Cancelled)), StringComparison.Ordinal);
        await committed.DisposeAsync();
        await rolledBack.DisposeAsync();
        await client.FlushAsync(Cancelled);
        Assert.Equal(4, pump.Received.Count);
    }

    [Theory]
    [InlineData(0ul)]
    [InlineData(5ul)]
    [InlineData((1ul << 62) + 1)]
    public async Task CommitAsync_ImpossibleCommitTs_ThrowsAtOnceAndDecidesNothing(ulong commitTs)
    {
        ScriptedPump pump = await _cluster.StartPumpAsync();
        PrewrittenTransaction transaction = await PrewriteAsync(await _cluster.OpenAsync(pump), 5);

        Assert.Throws<ArgumentOutOfRangeException>(() => { _ = transaction.CommitAsync(commitTs, Cancelled); });

        await transaction.CommitAsync(6, Cancelled);
        Assert.Equal(6ul, pump.Received[^1].CommitTs);
    }

    [Fact]
    public async Task DisposeAsync_Undecided_IsRolledBack()
    {
        ScriptedPump pump = await _cluster.StartPumpAsync();
        PumpClient client = await _cluster.OpenAsync(pump);

        await using (PrewrittenTransaction transaction = await PrewriteAsync(client, 1))
        {
            Assert.Equal(1ul, transaction.StartTs);
        }

        await client.FlushAsync(Cancelled);
        Assert.Equal([BinlogType.Prewrite, BinlogType.Rollback], pump.Received.Select(header => header.Type));
    }

    [Fact]
    public async Task DisposeAsync_ClientRightAfterTheTransaction_TheRollbackArrivesAllTheSame()
    {
        ScriptedPump pump = await _cluster.StartPumpAsync();
        PumpClient client = await _cluster.OpenAsync(pump);

        await (await PrewriteAsync(client, 1)).DisposeAsync();
        await client.DisposeAsync();

        Assert.Equal([BinlogType.Prewrite, BinlogType.Rollback], pump.Received.Select(header => header.Type));
        Assert.Throws<ObjectDisposedException>(() => client.Begin(2));
    }

    [Fact]
    public async Task FlushAsync_RollbackNotDelivered_SaysSoOnce()
    {
        ScriptedPump pump = await _cluster.StartPumpAsync();
        PumpClient client = await _cluster.OpenAsync(new PumpClientOptions { DecisionTimeout = TimeSpan.FromSeconds(1) }, pump);
        PrewrittenTransaction transaction = await PrewriteAsync(client, 1);
        await pump.StopAsync();

        await transaction.DisposeAsync();

        var exception = await Assert.ThrowsAsync<PumpWriteException>(() => client.FlushAsync(Cancelled));
        Assert.Equal(pump.Address, exception.Address);
        await client.FlushAsync(Cancelled);
    }

    [Fact]
    public async Task PrewriteAsync_PayloadOfAnotherKind_ThrowsAtOnceAndSendsNothing()
    {
        ScriptedPump pump = await _cluster.StartPumpAsync();
        PumpClient client = await _cluster.OpenAsync(pump);
        StartedTransaction transaction = client.Begin(5);

        Assert.Contains("it is of type Commit", NoPrewrite(BinlogPayloads.Commit(5, 6, "k"u8)), StringComparison.Ordinal);
        Assert.Contains("it is of type Rollback", NoPrewrite(BinlogPayloads.Rollback(5)), StringComparison.Ordinal);
        Assert.Contains("it has start TS 6", NoPrewrite(ScriptedCluster.Prewrite(6)), StringComparison.Ordinal);
        Assert.Contains("it has start TS 0", NoPrewrite([]), StringComparison.Ordinal);
        Assert.Contains("it has commit TS 9", NoPrewrite([8, 0, 16, 5, 24, 9]), StringComparison.Ordinal);
        Assert.Contains("no prewrite of start TS 5", NoPrewrite([0x2a, 100]), StringComparison.Ordinal);

        await transaction.PrewriteAsync(ScriptedCluster.Prewrite(5), Cancelled);
        Assert.Single(pump.Received);
        Assert.Contains("was prewritten before", Refused(() => transaction.PrewriteAsync(ScriptedCluster.Prewrite(5), Cancelled)), StringComparison.Ordinal);
        Assert.Single(pump.Received);

        string NoPrewrite(byte[] payload) => Assert.Throws<ArgumentException>(() => { _ = transaction.PrewriteAsync(payload, Cancelled); }).Message;
    }

    [Theory]
    [InlineData(0ul)]
    [InlineData((1ul << 62) + 1)]
    public async Task Begin_ImpossibleStartTs_Throws(ulong startTs)
    {
        PumpClient client = await _cluster.OpenAsync(await _cluster.StartPumpAsync());

        Assert.Throws<ArgumentOutOfRangeException>(() => client.Begin(startTs));
    }

    [Fact]
    public async Task BeginAgain_CommitTooLate_LookedForOnTheOthers()
    {
        ScriptedPump[] pumps = [await _cluster.StartPumpAsync(), await _cluster.StartPumpAsync(), await _cluster.StartPumpAsync()];
        PumpClient client = await _cluster.OpenAsync(pumps);
        PrewrittenTransaction transaction = await client.BeginAgain(1).PrewriteAsync(ScriptedCluster.Prewrite(1), Cancelled);
        ScriptedPump first = pumps.Single(pump => pump.Address == transaction.PumpAddress);
        first.Script = header => header.Type == BinlogType.Commit ? throw ScriptedPump.Failure(StatusCode.OutOfRange) : Task.CompletedTask;

        await transaction.CommitAsync(2, Cancelled);

        Assert.Equal([BinlogType.Prewrite, BinlogType.Commit, BinlogType.Rollback], first.Received.Select(header => header.Type));
        ScriptedPump next = pumps[(Array.IndexOf(pumps, first) + 1) % 3];
        Assert.Equal([BinlogType.Prewrite, BinlogType.Commit], next.Received.Select(header => header.Type));
        Assert.Equal(next.Address, transaction.PumpAddress);
    }

    [Fact]
    public async Task BeginAgain_CommitTooLateEverywhere_VoidEverywhereAndReported()
    {
        ScriptedPump[] pumps = [await _cluster.StartPumpAsync(), await _cluster.StartPumpAsync()];
        foreach (ScriptedPump pump in pumps)
        {
            pump.Script = header => header.Type == BinlogType.Commit ? throw ScriptedPump.Failure(StatusCode.OutOfRange) : Task.CompletedTask;
        }

        PumpClient client = await _cluster.OpenAsync(pumps);
        PrewrittenTransaction transaction = await client.BeginAgain(1).PrewriteAsync(ScriptedCluster.Prewrite(1), Cancelled);

        var exception = await Assert.ThrowsAsync<ClusterException>(() => transaction.CommitAsync(2, Cancelled));

        Assert.Contains("No Pump has the transaction of start TS 1, commit TS 2, and all have gone past it", exception.Message, StringComparison.Ordinal);
        Assert.All(pumps, pump => Assert.Equal([BinlogType.Prewrite, BinlogType.Commit, BinlogType.Rollback], pump.Received.Select(header => header.Type)));
    }

    private static string Refused(Func<Task> call) => Assert.Throws<InvalidOperationException>(() => { _ = call(); }).Message;

    private static Task<PrewrittenTransaction> PrewriteAsync(PumpClient client, ulong startTs) => client.Begin(startTs).PrewriteAsync(ScriptedCluster.Prewrite(startTs), Cancelled);
}
