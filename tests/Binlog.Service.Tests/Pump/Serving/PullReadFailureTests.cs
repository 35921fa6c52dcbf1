using Binlog.Service.Tests.Pump.Storage;
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
        await using RunningPump pump = await StartAsync();
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

    private async Task<RunningPump> StartAsync()
    {
        RunningPump pump = await RunningPump.StartAsync(open: directory => StoreDriver.OpenSmallAsync(directory, _files), logger: _logger);
        for (ulong number = 1; number <= Transactions; number++)
        {
            await pump.Store.CommitAsync((2 * number) - 1, 2 * number);
        }

        await pump.Store.ReachAsync(2 * Transactions);
        return pump;
    }
}
