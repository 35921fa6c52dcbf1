using Binlog.Cluster.Pumps;
using Binlog.Cluster.Registry;
using Binlog.ClusterKit.Pumps;
using Binlog.TestKit.Waiting;
using Binlog.TiDB.Records;
using Grpc.Core;

namespace Binlog.Cluster.Tests.Pumps;

/// <summary>When a Pump that is online gets no more prewrites, and when again.</summary>
public sealed class AvailabilityTests : IAsyncDisposable
{
    private readonly ScriptedCluster _cluster = new();
    private ulong _startTs;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Prewrite_ElevenFailuresInARow_PumpGetsNoMore()
    {
        ScriptedPump failing = await _cluster.StartPumpAsync(), other = await _cluster.StartPumpAsync();
        failing.Script = _ => throw ScriptedPump.Failure(StatusCode.Unknown, "broken");
        PumpClient client = await _cluster.OpenAsync(failing, other);

        await PrewriteAsync(client, times: 40);

        Assert.Equal(11, failing.Received.Count);
        Assert.Equal(40, other.Received.Count);
        PumpView view = client.Pumps[0];
        Assert.Equal((NodeState.Online, false), (view.State, view.IsAvailable));
        Assert.Equal("11 writes in a row failed, the last one so: Unknown: broken", view.Problem);
    }

    [Fact]
    public async Task Prewrite_FailuresWithASuccessBetween_PumpStaysAvailable()
    {
        ScriptedPump flaky = await _cluster.StartPumpAsync(), other = await _cluster.StartPumpAsync();
        int calls = 0;
        flaky.Script = _ => Interlocked.Increment(ref calls) % 10 == 0 ? Task.CompletedTask : throw ScriptedPump.Failure(StatusCode.Unknown);
        PumpClient client = await _cluster.OpenAsync(flaky, other);

        await PrewriteAsync(client, times: 80);

        Assert.True(client.Pumps[0].IsAvailable);
        Assert.InRange(flaky.Received.Count, 30, 80);
    }

    [Theory]
    [InlineData(StatusCode.FailedPrecondition, "as the script says")]
    [InlineData(StatusCode.Unknown, "no available space, available: 5, StopWriteAtAvailableSpace: 10")]
    [InlineData(StatusCode.Unknown, "no online: &{...}")]
    public async Task Prewrite_RefusedBecauseThePumpTakesNoneNow_OthersTakeOverAndNothingIsVoid(StatusCode code, string detail)
    {
        ScriptedPump full = await _cluster.StartPumpAsync(), there = await _cluster.StartPumpAsync();
        full.Script = _ => throw ScriptedPump.Failure(code, detail);
        PumpClient client = await _cluster.OpenAsync(there, full);

        await PrewriteAsync(client, times: 10);
        await client.FlushAsync(Cancelled);

        Assert.Equal([BinlogType.Prewrite], full.Received.Select(header => header.Type));
        Assert.Equal(10, there.Prewrites.Count);
        Assert.Equal($"It takes no new transactions: {code}: {detail}", client.Pumps[1].Problem);
    }

    [Fact]
    public async Task Prewrite_RefusedInTheAnswer_OthersTakeOver()
    {
        ScriptedPump full = await _cluster.StartPumpAsync(), there = await _cluster.StartPumpAsync();
        full.Errmsg = "no available space";
        PumpClient client = await _cluster.OpenAsync(there, full);

        await PrewriteAsync(client, times: 4);

        Assert.Equal((1, 4), (full.Received.Count, there.Received.Count));
    }

    [Fact]
    public async Task Probe_UnavailablePump_IsAvailableAgainWhenItAnswers()
    {
        ScriptedPump full = await _cluster.StartPumpAsync(), other = await _cluster.StartPumpAsync();
        full.Script = _ => throw ScriptedPump.Failure(StatusCode.FailedPrecondition);
        PumpClient client = await _cluster.OpenAsync(other, full);
        await PrewriteAsync(client);

        _cluster.Time.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(0, full.Probes);
        _cluster.Time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.HoldsAsync("it was probed", () => full.Probes == 1, Cancelled);
        await PrewriteAsync(client, times: 2);
        Assert.Single(full.Prewrites);

        full.Script = _ => Task.CompletedTask;
        await Eventually.HoldsAsync("it is available again", () => Advanced(client), Cancelled);
        await PrewriteAsync(client, times: 4);
        Assert.Equal(3, full.Prewrites.Count);
        Assert.Equal("", client.Pumps[1].Problem);
        Assert.Equal(0, other.Probes);
        Assert.Contains(full.Payloads, payload => payload.Length == 0);

        bool Advanced(PumpClient client)
        {
            _cluster.Time.Advance(TimeSpan.FromSeconds(30));
            return client.Pumps[1].IsAvailable;
        }
    }

    [Fact]
    public async Task Prewrite_NoneAvailable_TheUnavailableOnesAreTriedAndBackAtOnce()
    {
        ScriptedPump only = await _cluster.StartPumpAsync();
        int refusals = 3;
        only.Script = _ => refusals-- > 0 ? throw ScriptedPump.Failure(StatusCode.FailedPrecondition) : Task.CompletedTask;
        PumpClient client = await _cluster.OpenAsync(only);

        await PrewriteAsync(client);

        Assert.Equal(4, only.Prewrites.Count);
        Assert.True(client.Pumps[0].IsAvailable);
        Assert.Equal(3, _cluster.Time.Skips);
    }

    [Fact]
    public async Task Prewrite_Unavailable_GoesOverAnotherConnectionAfterwards()
    {
        ScriptedPump only = await _cluster.StartPumpAsync();
        PumpClient client = await _cluster.OpenAsync(only);
        await PrewriteAsync(client, times: 3);
        Assert.Equal(1, only.Connections);
        _cluster.Time.Advance(TimeSpan.FromSeconds(1));
        int failures = 1;
        only.Script = _ => failures-- > 0 ? throw ScriptedPump.Failure(StatusCode.Unavailable) : Task.CompletedTask;

        await PrewriteAsync(client, times: 3);

        Assert.Equal(2, only.Connections);
    }

    private async Task PrewriteAsync(PumpClient client, int times = 1)
    {
        for (; times > 0; times--)
        {
            ulong startTs = ++_startTs;
            await client.Begin(startTs).PrewriteAsync(ScriptedCluster.Prewrite(startTs), Cancelled);
        }
    }
}
