using System.Collections.Concurrent;
using System.Globalization;
using Binlog.Cluster.Pumps;
using Binlog.Service.Tests.Hosting;
using Binlog.Service.Tests.Pump.Serving;
using Binlog.Service.Tests.Pump.Storage;
using Binlog.TestKit.Capabilities;
using Binlog.TestKit.Waiting;
using Grpc.Core;
using LoopbackPort = Binlog.Service.Tests.EndToEnd.LoopbackPort;

namespace Binlog.Service.Tests.Pump;

/// <summary>A real Pump process is killed again and again while writers write and a puller pulls.</summary>
public sealed class KillTests : IDisposable
{
    private const int Writers = 8;
    private const int TransactionsBetweenKills = 60;

    private readonly TemporaryDirectory _directory = new();
    private readonly ConcurrentQueue<ulong> _acknowledged = new();
    private readonly List<ulong> _pulled = [];
    private ulong _tso = 1_000;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Pump_KilledUnderWriters_ServesEverythingAcknowledgedOnceAndInOrder()
    {
        int rounds = LongRun.Rounds("BINLOG_KILL_ROUNDS", 10, 1000);
        int port = LoopbackPort.Take();
        string address = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        using var stopPulling = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        await using PumpClient client = await PumpClient.OpenAsync(
            StoreDriver.ClusterId,
            PumpSource.Addresses(address),
            new PumpClientOptions { WriteTimeout = TimeSpan.FromMinutes(5), PrewriteRetryDelay = TimeSpan.FromMilliseconds(20), DecisionRetryDelay = TimeSpan.FromMilliseconds(20) },
            TimeProvider.System,
            Cancelled);
        Task[] writing = [.. Enumerable.Range(0, Writers).Select(_ => Task.Run(() => WriteAsync(client, stop.Token)))];
        Task pulling = Task.Run(() => PullAsync(address, stopPulling.Token));

        for (int round = 0; round < rounds; round++)
        {
            (BinlogdProcess process, _) = await BinlogdProcess.StartPumpAsync(_directory.Path, port);
            await using (process)
            {
                int before = _acknowledged.Count;
                await Eventually.HoldsAsync("transactions were acknowledged", () => _acknowledged.Count >= before + TransactionsBetweenKills, Cancelled);
                await process.KillAsync();
            }
        }

        (BinlogdProcess last, _) = await BinlogdProcess.StartPumpAsync(_directory.Path, port);
        await using (last)
        {
            await stop.CancelAsync();
            await Task.WhenAll(writing);
            ulong[] expected = [.. _acknowledged.Order()];
            Assert.Equal(expected, await PullUntilAsync(address, expected[^1]));

            await Eventually.HoldsAsync("the puller has the last commit TS", () => LastPulled() >= expected[^1], Cancelled);
            await stopPulling.CancelAsync();
            await pulling;
            Assert.Equal(expected, _pulled);
        }
    }

    /// <summary>Writes transactions one after the other, each to its end.</summary>
    private async Task WriteAsync(PumpClient client, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            ulong startTs = Interlocked.Increment(ref _tso);
            PrewrittenTransaction transaction = await client.Begin(startTs).PrewriteAsync(TestBinlogs.Prewrite(startTs, padding: 2000), Cancelled);
            if (startTs % 7 == 0)
            {
                await transaction.RollbackAsync(Cancelled);
                continue;
            }

            ulong commitTs = Interlocked.Increment(ref _tso);
            await transaction.CommitAsync(commitTs, Cancelled);
            _acknowledged.Enqueue(commitTs);
        }
    }

    /// <summary>Pulls as a Drainer does: after every loss of the connection it goes on after the last commit TS, fakes included.</summary>
    private async Task PullAsync(string address, CancellationToken stop)
    {
        ulong last = 0;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using var pump = new PumpConnection(address);
                await foreach ((ulong startTs, ulong commitTs) in pump.PullAsync(last, stop))
                {
                    Assert.True(commitTs > last, $"{commitTs} came after {last}.");
                    last = commitTs;
                    if (startTs != commitTs)
                    {
                        lock (_pulled)
                        {
                            _pulled.Add(commitTs);
                        }
                    }
                }
            }
            catch (Exception exception) when (exception is RpcException or OperationCanceledException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), CancellationToken.None);
            }
        }
    }

    private ulong LastPulled()
    {
        lock (_pulled)
        {
            return _pulled.Count > 0 ? _pulled[^1] : 0;
        }
    }

    private static async Task<List<ulong>> PullUntilAsync(string address, ulong lastCommitTs)
    {
        var pulled = new List<ulong>();
        using var pump = new PumpConnection(address);
        await foreach ((ulong startTs, ulong commitTs) in pump.PullAsync(0, Cancelled))
        {
            if (startTs != commitTs)
            {
                pulled.Add(commitTs);
            }

            if (commitTs >= lastCommitTs)
            {
                break;
            }
        }

        return pulled;
    }
}
