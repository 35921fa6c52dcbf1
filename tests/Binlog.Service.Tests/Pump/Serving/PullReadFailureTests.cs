using Binlog.Service.Tests.Pump.Storage;
using Binlog.TestKit.Time;
using Binlog.TiDB.Contracts;
using Grpc.Core;

namespace Binlog.Service.Tests.Pump.Serving;

/// <summary>A store that can't be read for the moment ends pulls so that Drainers try again; on DataLoss they stop for good.</summary>
public sealed class PullReadFailureTests
{
    private const int Transactions = 40;

    private readonly FailingFileSystem _files = new();
    private readonly RecordingLogger _logger = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(".seg")]
    [InlineData(".idx")]
    public async Task PullBinlogs_CannotReadForAWhile_UnavailableThenEverything(string extension)
    {
        await using RunningPump pump = await StartAsync(new SkippingTimeProvider(TimeSpan.Zero));
        _files.Unreadable = name => name.EndsWith(extension, StringComparison.Ordinal);

        RpcException[] refused = [await RefusedAsync(pump), await RefusedAsync(pump)];
        _files.Unreadable = null;

        Assert.All(refused, exception => Assert.Equal(StatusCode.Unavailable, exception.StatusCode));
        Assert.Contains("for the moment", refused[0].Status.Detail, StringComparison.Ordinal);
        Assert.Contains("can't be read at present", Assert.Single(_logger.Warnings), StringComparison.Ordinal);
        Assert.Equal(2, pump.Metrics.ReadErrors.Value);
        using AsyncServerStreamingCall<PullBinlogResp> pull = pump.Pull(0);
        for (long number = 1; number <= Transactions; number++)
        {
            Assert.True(await pull.ResponseStream.MoveNext(Cancelled));
            Assert.Equal(2 * number, pull.ResponseStream.Current.Entity.Meta.CommitTs);
        }
    }

    [Fact]
    public async Task WriteBinlog_IndexCannotBeReadForAWhile_Unavailable()
    {
        await using RunningPump pump = await StartAsync();
        _files.Unreadable = name => name.EndsWith(".idx", StringComparison.Ordinal);

        Status refusal = await pump.RefusalOfAsync(TestBinlogs.Commit(1, 2));
        _files.Unreadable = null;

        Assert.Equal(StatusCode.Unavailable, refusal.StatusCode);
        await pump.WriteAsync(TestBinlogs.Commit(1, 2));
    }

    /// <summary>17 transactions wait, so that the first 16 of them are in a run on disk.</summary>
    [Fact]
    public async Task WriteBinlog_WaitingTransactionsCannotBeReadForAWhile_Unavailable()
    {
        await using RunningPump pump = await StartAsync();
        await pump.WriteAsync(TestBinlogs.Prewrite(101));
        await pump.WriteAsync(TestBinlogs.Prewrite(102));
        for (ulong startTs = 110; startTs < 144; startTs += 2)
        {
            await pump.Store.CommitAsync(startTs, startTs + 1);
        }

        await pump.Store.SettleAsync();
        _files.Unreadable = name => name.EndsWith(".runs", StringComparison.Ordinal);

        Status refusal = await pump.RefusalOfAsync(TestBinlogs.Commit(101, 114));
        _files.Unreadable = null;

        Assert.Equal(StatusCode.Unavailable, refusal.StatusCode);
        Assert.Contains("for the moment", refusal.Detail, StringComparison.Ordinal);
        await pump.WriteAsync(TestBinlogs.Commit(101, 114));
    }

    /// <summary>Drainers try again several times a second, and what can't be read is not the same each time.</summary>
    [Fact]
    public async Task PullBinlogs_CannotReadNowThisNowThat_SaidOnceASecond()
    {
        var time = new SkippingTimeProvider(TimeSpan.Zero);
        await using RunningPump pump = await StartAsync(time);
        for (int attempt = 0; attempt < 4; attempt++)
        {
            string extension = attempt % 2 == 0 ? ".seg" : ".idx";
            _files.Unreadable = name => name.EndsWith(extension, StringComparison.Ordinal);
            await RefusedAsync(pump);
        }

        Assert.Single(_logger.Warnings);
        time.Advance(TimeSpan.FromSeconds(1));
        await RefusedAsync(pump);

        Assert.Equal(2, _logger.Warnings.Count);
        Assert.Contains("3 more", _logger.Warnings.Last(), StringComparison.Ordinal);
    }

    private static async Task<RpcException> RefusedAsync(RunningPump pump)
    {
        using AsyncServerStreamingCall<PullBinlogResp> pull = pump.Pull(0);
        return await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await pull.ResponseStream.MoveNext(Cancelled).WaitAsync(TimeSpan.FromSeconds(30), Cancelled))
            {
                // Whatever could still be read.
            }
        });
    }

    private async Task<RunningPump> StartAsync(TimeProvider? time = null)
    {
        RunningPump pump = await RunningPump.StartAsync(time: time, open: directory => StoreDriver.OpenSmallAsync(directory, _files), logger: _logger);
        for (ulong number = 1; number <= Transactions; number++)
        {
            await pump.Store.CommitAsync((2 * number) - 1, 2 * number);
        }

        await pump.Store.ReachAsync(2 * Transactions);
        return pump;
    }
}
