using Binlog.Cluster;
using Binlog.Cluster.Pumps;
using Binlog.ClusterKit.Pumps;
using Binlog.Service.Recordings;
using Binlog.Service.Tests.Pump;
using Binlog.Service.Tests.Pump.Serving;
using Binlog.Service.Tests.Pump.Storage;
using Binlog.TestKit.Waiting;
using Binlog.TiDB.Records;
using Grpc.Core;

namespace Binlog.Service.Tests.Recordings;

public sealed class ReplayerTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ReplayProgress _progress = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task RunAsync_EarlierPrewriteUnanswered_NoOutcomeGoesAhead()
    {
        await using ScriptedPump pump = await ScriptedPump.StartAsync();
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        pump.Script = header => header is { Type: BinlogType.Prewrite, StartTs: 1 } ? answer.Task : Task.CompletedTask;
        Recording recording = Record(
            TestBinlogs.Prewrite(1), TestBinlogs.Prewrite(2), TestBinlogs.Commit(2, 10), TestBinlogs.Prewrite(11), TestBinlogs.Rollback(11), TestBinlogs.Commit(1, 12));
        await using PumpClient client = await OpenAsync(pump.Address);

        Task replay = new Replayer(client, mayBeRepeated: true, TimeProvider.System).RunAsync(recording, null, _progress, Cancelled);
        await Eventually.HoldsAsync("all prewrites were sent", () => pump.Received.Count == 3, Cancelled);
        Assert.All(pump.Received, header => Assert.Equal(BinlogType.Prewrite, header.Type));
        answer.SetResult();
        await replay;

        Assert.Equal(6, pump.Received.Count);
        Assert.Equal(3, _progress.Decided);
    }

    [Fact]
    public async Task RunAsync_LaterPrewriteUnanswered_DoesNotHoldEarlierOutcomes()
    {
        await using ScriptedPump pump = await ScriptedPump.StartAsync();
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        pump.Script = header => header is { Type: BinlogType.Prewrite, StartTs: 11 } ? answer.Task : Task.CompletedTask;
        await using PumpClient client = await OpenAsync(pump.Address);

        Task replay = new Replayer(client, mayBeRepeated: true, TimeProvider.System).RunAsync(
            Record(TestBinlogs.Prewrite(1), TestBinlogs.Commit(1, 10), TestBinlogs.Prewrite(11), TestBinlogs.Commit(11, 12)), null, _progress, Cancelled);
        await Eventually.HoldsAsync("the first transaction was decided", () => _progress.Decided == 1, Cancelled);
        answer.SetResult();
        await replay;

        Assert.Equal(12ul, pump.Received[^1].CommitTs);
    }

    [Fact]
    public async Task RunAsync_OnePrewriteRefusedWhileAnotherWaits_TheRefusalIsReported()
    {
        await using ScriptedPump pump = await ScriptedPump.StartAsync();
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        pump.Script = async header =>
        {
            if (header.StartTs == 1)
            {
                first.SetResult();
                await Task.Delay(Timeout.Infinite, Cancelled);
            }

            await first.Task;
            throw ScriptedPump.Failure(StatusCode.InvalidArgument);
        };
        await using PumpClient client = await OpenAsync(pump.Address);

        var exception = await Assert.ThrowsAsync<ClusterException>(() => new Replayer(client, mayBeRepeated: true, TimeProvider.System).RunAsync(
            Record(TestBinlogs.Prewrite(1), TestBinlogs.Prewrite(2), TestBinlogs.Commit(1, 10), TestBinlogs.Commit(2, 11)), null, _progress, Cancelled));

        Assert.Contains("as the script says", exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, _progress.Decided);
    }

    [Fact]
    public async Task RunAsync_Cancelled_Ends()
    {
        await using ScriptedPump pump = await ScriptedPump.StartAsync();
        pump.Script = _ => Task.Delay(Timeout.Infinite, Cancelled);
        await using PumpClient client = await OpenAsync(pump.Address);
        using var source = new CancellationTokenSource();
        Task replay = new Replayer(client, mayBeRepeated: true, TimeProvider.System).RunAsync(Record(TestBinlogs.Prewrite(1), TestBinlogs.Commit(1, 2)), null, _progress, source.Token);
        await Eventually.HoldsAsync("the prewrite was sent", () => pump.Received.Count == 1, Cancelled);

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => replay);
    }

    [Fact]
    public async Task RunAsync_OutcomeWithoutPrewrite_Refused()
    {
        await using ScriptedPump pump = await ScriptedPump.StartAsync();
        await using PumpClient client = await OpenAsync(pump.Address);

        var exception = await Assert.ThrowsAsync<RecordingException>(() => new Replayer(client, mayBeRepeated: true, TimeProvider.System).RunAsync(Record(TestBinlogs.Commit(5, 6)), null, _progress, Cancelled));

        Assert.Contains("start TS 5", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_SentAgain_EverythingIsServedOnce()
    {
        byte[][] payloads = [.. Enumerable.Range(1, 400).SelectMany(number => Transaction((ulong)number))];
        await using RunningPump pump = await RunningPump.StartAsync();
        Recording recording = Record(payloads);

        for (int run = 0; run < 3; run++)
        {
            await using PumpClient client = await OpenAsync(pump.Address);
            await new Replayer(client, mayBeRepeated: true, TimeProvider.System).RunAsync(recording, null, _progress, Cancelled);
        }

        await pump.WriteAsync(TestBinlogs.Fake(10_000));
        await pump.Store.ReachAsync(10_000);
        Assert.Equal(1200, _progress.Decided);
        Assert.Equal(
            recording.Binlogs.Where(binlog => binlog.Header.Type == BinlogType.Commit).Select(binlog => binlog.Header.CommitTs).Order(),
            pump.Store.ReadAll());
        Assert.Null(pump.Store.SortingFault);
    }

    private static Task<PumpClient> OpenAsync(string address) => PumpClient.OpenAsync(StoreDriver.ClusterId, PumpSource.Addresses(address), new PumpClientOptions(), TimeProvider.System, Cancelled);

    private static byte[][] Transaction(ulong number) =>
        [TestBinlogs.Prewrite(10 * number), number % 5 == 0 ? TestBinlogs.Rollback(10 * number) : TestBinlogs.Commit(10 * number, (10 * number) + 5)];

    private Recording Record(params byte[][] payloads)
    {
        RecordingFile.Write(_directory.Path, StoreDriver.ClusterId, payloads);
        return Recording.Open(_directory.Path);
    }
}
