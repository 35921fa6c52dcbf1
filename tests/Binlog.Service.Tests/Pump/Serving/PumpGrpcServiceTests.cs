using Binlog.Service.Tests.Pump.Storage;
using Binlog.TestKit.Time;
using Binlog.TiDB.Contracts;
using Binlog.TiDB.Records;
using Grpc.Core;
using BinlogType = Binlog.TiDB.Records.BinlogType;

namespace Binlog.Service.Tests.Pump.Serving;

/// <summary>A Pump's gRPC service over a real connection.</summary>
public sealed class PumpGrpcServiceTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task WriteBinlog_OtherCluster_Refused()
    {
        await using RunningPump pump = await RunningPump.StartAsync();

        Status status = await pump.RefusalOfAsync(TestBinlogs.Prewrite(1), clusterId: 8);

        Assert.Equal(StatusCode.InvalidArgument, status.StatusCode);
        Assert.Contains("cluster ID are mismatch, 8 vs 7", status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PullBinlogs_OtherCluster_Refused()
    {
        await using RunningPump pump = await RunningPump.StartAsync();
        using AsyncServerStreamingCall<PullBinlogResp> pull = pump.Pull(0, clusterId: 8);

        var exception = await Assert.ThrowsAsync<RpcException>(() => pull.ResponseStream.MoveNext(Cancelled));

        Assert.Equal(StatusCode.InvalidArgument, exception.StatusCode);
    }

    [Theory]
    [InlineData("ff")]
    [InlineData("0807")]
    [InlineData("2a10")]
    public async Task WriteBinlog_Garbage_Refused(string hex)
    {
        await using RunningPump pump = await RunningPump.StartAsync();

        Status status = await pump.RefusalOfAsync(Convert.FromHexString(hex));

        Assert.Equal(StatusCode.InvalidArgument, status.StatusCode);
        Assert.Contains("not a binlog", status.Detail, StringComparison.Ordinal);
    }

    public static TheoryData<string, byte[]> Impossible => new()
    {
        { "start_ts is 18446744073709551615", TestBinlogs.Prewrite(ulong.MaxValue) },
        { "start_ts is 0", TestBinlogs.Commit(0, 5) },
        { "start_ts is 18446744073709551615", TestBinlogs.Fake(ulong.MaxValue) },
        { "commit_ts is 18446744073709551615", TestBinlogs.Commit(1, ulong.MaxValue) },
        { "commit_ts 3 of a commit is not above its start_ts 3", TestBinlogs.Commit(3, 3) },
        { "the type is 3", [0x08, 3, 0x10, 1] },
    };

    [Theory]
    [MemberData(nameof(Impossible))]
    public async Task WriteBinlog_ImpossibleTimestampOrType_Refused(string problem, byte[] payload)
    {
        await using RunningPump pump = await RunningPump.StartAsync();

        Status status = await pump.RefusalOfAsync(payload);

        Assert.Equal(StatusCode.InvalidArgument, status.StatusCode);
        Assert.Contains(problem, status.Detail, StringComparison.Ordinal);
        Assert.Equal(0ul, pump.Store.MaxSeenTs);
    }

    [Fact]
    public async Task WriteBinlog_Probe_AcknowledgedAndNotStored()
    {
        await using RunningPump pump = await RunningPump.StartAsync();

        await pump.WriteAsync([]);
        await pump.WriteAsync(TestBinlogs.Rollback(0));

        Assert.Null(pump.Store.Blocker);
    }

    [Fact]
    public async Task WriteBinlog_NotOnline_TakesOutcomesButNoPrewrites()
    {
        await using RunningPump pump = await RunningPump.StartAsync();
        await pump.WriteAsync(TestBinlogs.Prewrite(1));
        pump.IsOnline = false;

        Status status = await pump.RefusalOfAsync(TestBinlogs.Prewrite(2));
        await pump.WriteAsync(TestBinlogs.Commit(1, 3));
        await pump.Store.ReachAsync(3);

        Assert.Equal(StatusCode.FailedPrecondition, status.StatusCode);
        Assert.StartsWith("no online", status.Detail, StringComparison.Ordinal);
        Assert.Equal([3ul], pump.Store.ReadAll());
    }

    [Fact]
    public async Task WriteBinlog_DiskFull_RefusesPrewritesAndProbes()
    {
        await using RunningPump pump = await RunningPump.StartAsync(stopWriteAtBytes: 1000);
        pump.AvailableSpace = 1000;

        foreach (byte[] payload in new[] { TestBinlogs.Prewrite(1), [] })
        {
            Status status = await pump.RefusalOfAsync(payload);
            Assert.Equal(StatusCode.FailedPrecondition, status.StatusCode);
            Assert.DoesNotContain("ResourceExhausted", status.ToString(), StringComparison.Ordinal);
            Assert.StartsWith("no available space, available: 1000, StopWriteAtAvailableSpace: 1000", status.Detail, StringComparison.Ordinal);
        }

        await pump.WriteAsync(TestBinlogs.Fake(9));
        await pump.Store.ReachAsync(9);
    }

    /// <summary>A transaction that is under way ends: refusing its outcome would leave it undecided and hold the order.</summary>
    [Fact]
    public async Task WriteBinlog_DiskFull_TakesOutcomes()
    {
        var time = new SkippingTimeProvider(TimeSpan.Zero);
        await using RunningPump pump = await RunningPump.StartAsync(stopWriteAtBytes: 1000, time: time);
        await pump.WriteAsync(TestBinlogs.Prewrite(1));
        await pump.WriteAsync(TestBinlogs.Prewrite(2));
        pump.AvailableSpace = 1000;
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(StatusCode.FailedPrecondition, (await pump.RefusalOfAsync(TestBinlogs.Prewrite(3))).StatusCode);

        await pump.WriteAsync(TestBinlogs.Commit(1, 5));
        await pump.WriteAsync(TestBinlogs.Rollback(2));

        await pump.Store.ReachAsync(5);
        Assert.Equal([5ul], pump.Store.ReadAll());
    }

    [Fact]
    public async Task WriteBinlog_CommitNotAboveTheMaxCommitTs_RefusedForGood()
    {
        await using RunningPump pump = await RunningPump.StartAsync();
        await pump.WriteAsync(TestBinlogs.Fake(20));
        await pump.Store.ReachAsync(20);
        await pump.WriteAsync(TestBinlogs.Prewrite(1));

        Status status = await pump.RefusalOfAsync(TestBinlogs.Commit(1, 15));

        Assert.Equal(StatusCode.OutOfRange, status.StatusCode);
        Assert.Contains("max commit TS 20", status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WriteBinlog_LargerThanTheLimit_ResourceExhausted()
    {
        await using RunningPump pump = await RunningPump.StartAsync(maxMessageBytes: 1 << 16);

        Status status = await pump.RefusalOfAsync(TestBinlogs.Prewrite(1, padding: 1 << 16));

        Assert.Equal(StatusCode.ResourceExhausted, status.StatusCode);
    }

    [Fact]
    public async Task WriteBinlog_LargerThanAnHttpBodyUsuallyMayBe_Stored()
    {
        const int Padding = 40 << 20;
        await using RunningPump pump = await RunningPump.StartAsync(maxMessageBytes: 64 << 20);

        await pump.WriteAsync(TestBinlogs.Prewrite(1, Padding));
        await pump.WriteAsync(TestBinlogs.Commit(1, 2));

        using AsyncServerStreamingCall<PullBinlogResp> pull = pump.Pull(0);
        Assert.True(await pull.ResponseStream.MoveNext(Cancelled));
        Assert.True(pull.ResponseStream.Current.Entity.Payload.Length > Padding);
    }

    [Fact]
    public async Task PullBinlogs_Transactions_AsTheOriginalSendsThem()
    {
        await using RunningPump pump = await RunningPump.StartAsync();
        await pump.WriteAsync(TestBinlogs.Prewrite(1));
        await pump.WriteAsync(TestBinlogs.Prewrite(2));
        await pump.WriteAsync(TestBinlogs.Commit(2, 4));
        await pump.WriteAsync(TestBinlogs.Commit(1, 3));
        using AsyncServerStreamingCall<PullBinlogResp> pull = pump.Pull(0);

        List<Entity> entities = [await NextAsync(pull), await NextAsync(pull)];
        await pump.WriteAsync(TestBinlogs.Fake(9));
        entities.Add(await NextAsync(pull));

        Assert.Equal([(1L, 3L), (2L, 4L), (9L, 9L)], entities.Select(entity => (entity.Meta.StartTs, entity.Meta.CommitTs)));
        Assert.All(entities, entity => Assert.True(entity.Checksum.IsEmpty));
        BinlogHeader first = BinlogHeader.Parse(entities[0].Payload.Span);
        Assert.Equal((BinlogType.Commit, 1ul, 3ul), (first.Type, first.StartTs, first.CommitTs));
        Assert.Equal(TestBinlogs.Value(1), first.PrewriteValue.Of(entities[0].Payload.Span));
        Assert.True(BinlogHeader.Parse(entities[2].Payload.Span).IsFake);
    }

    [Fact]
    public async Task PullBinlogs_AfterACommitTs_ThatOneIsNotSentAgain()
    {
        await using RunningPump pump = await RunningPump.StartAsync();
        await pump.Store.CommitAsync(1, 2);
        await pump.Store.CommitAsync(3, 4);
        using AsyncServerStreamingCall<PullBinlogResp> pull = pump.Pull(2);

        Assert.Equal(4, (await NextAsync(pull)).Meta.CommitTs);
    }

    [Fact]
    public async Task PullBinlogs_WithoutStartFrom_FromTheBeginning()
    {
        await using RunningPump pump = await RunningPump.StartAsync();
        await pump.Store.CommitAsync(1, 2);
        using AsyncServerStreamingCall<PullBinlogResp> pull = pump.Client.PullBinlogs(new PullBinlogReq { ClusterId = StoreDriver.ClusterId }, cancellationToken: Cancelled);

        Assert.Equal(2, (await NextAsync(pull)).Meta.CommitTs);
    }

    [Fact]
    public async Task PullBinlogs_PumpStops_EndsUnavailable()
    {
        await using RunningPump pump = await RunningPump.StartAsync();
        await pump.Store.CommitAsync(1, 2);
        using AsyncServerStreamingCall<PullBinlogResp> pull = pump.Pull(0);
        await NextAsync(pull);
        Task<bool> next = pull.ResponseStream.MoveNext(Cancelled);

        await pump.StopPullsAsync();

        Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(() => next)).StatusCode);
    }

    [Fact]
    public async Task PullBinlogs_TwoPullers_BothGetEverything()
    {
        await using RunningPump pump = await RunningPump.StartAsync();
        using AsyncServerStreamingCall<PullBinlogResp> one = pump.Pull(0);
        using AsyncServerStreamingCall<PullBinlogResp> two = pump.Pull(0);
        await pump.Store.CommitAsync(1, 2);

        Assert.Equal(2, (await NextAsync(one)).Meta.CommitTs);
        Assert.Equal(2, (await NextAsync(two)).Meta.CommitTs);
    }

    private static async Task<Entity> NextAsync(AsyncServerStreamingCall<PullBinlogResp> pull)
    {
        Assert.True(await pull.ResponseStream.MoveNext(Cancelled).WaitAsync(TimeSpan.FromSeconds(30), Cancelled));
        return pull.ResponseStream.Current.Entity;
    }
}
