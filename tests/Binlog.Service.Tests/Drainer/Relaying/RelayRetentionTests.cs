using Binlog.RelayLog;
using Binlog.Service.Drainer.Merging;
using Binlog.Service.Drainer.Relaying;
using Binlog.Service.Tests.Drainer.Schema;
using Binlog.TestKit.Time;
using Binlog.TestKit.Waiting;
using Binlog.TiDB;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Drainer.Relaying;

/// <summary>What is kept by age, measured by commit TS.</summary>
public sealed class RelayRetentionTests : IDisposable
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private static readonly DateTimeOffset Begin = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly RelayFolder _folder = new() { MaxAge = TimeSpan.FromDays(7) };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ApplyRetention_Applied_KeepsWhatIsYoungerThanTheNewestCommitTsByTheAge()
    {
        await using Relay relay = await FilledAsync(days: 20);
        await relay.MarkAppliedAsync(relay.Log.FlushedEnd, Token);

        // The segment with the limit in it stays, the one before it goes.
        Assert.InRange(relay.Log.Segments[1].BaseCommitTs, At(12), At(15));
        Assert.InRange(relay.CompleteAfter!.Value, At(9), At(12) - 1);
    }

    [Fact]
    public async Task ApplyRetention_NotApplied_StaysHoweverOld()
    {
        await using Relay relay = await FilledAsync(days: 20);
        LogPosition applied = new(3, 200);
        await relay.MarkAppliedAsync(applied, Token);
        await relay.ApplyRetentionAsync(Token);

        Assert.Equal(3UL, relay.Log.Segments[0].Number);
        Assert.InRange(relay.Log.Segments[1].BaseCommitTs, 1UL, At(11));
    }

    [Fact]
    public async Task ApplyRetention_LogYoungerThanTheAge_StaysWhole()
    {
        await using Relay relay = await FilledAsync(days: 6);
        await relay.MarkAppliedAsync(relay.Log.FlushedEnd, Token);

        Assert.True(relay.HasBeginning);
    }

    [Fact]
    public async Task Run_NothingIsAppliedMeanwhile_LooksEveryMinute()
    {
        await using Relay relay = await FilledAsync(days: 6);
        await relay.MarkAppliedAsync(relay.Log.FlushedEnd, Token);
        int segments = relay.Log.Segments.Count;
        var time = new SkippingTimeProvider(TimeSpan.Zero);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task running = new RelayRetention(relay, time).RunAsync(stop.Token);
        await Writer(relay).WriteAsync([RelayFolder.Watermark(At(30))], Token);
        Assert.Equal(segments, relay.Log.Segments.Count);

        await Eventually.HoldsAsync(
            "only the segment that is appended to is left",
            () =>
            {
                time.Advance(RelayRetention.Interval);
                return relay.Log.Segments.Count == 1;
            },
            Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    private static ulong At(int day) => Tso.FromDateTimeOffset(Begin.AddDays(day)).Value;

    private static RelayWriter Writer(Relay relay) => new(relay, new FakeSchemaHistory(), new InstantTimeProvider(), NullLogger.Instance);

    /// <summary>A transaction a day; a segment has three.</summary>
    private async Task<Relay> FilledAsync(int days)
    {
        Relay relay = await _folder.OpenAsync();
        RelayWriter writer = Writer(relay);
        await writer.StartAtAsync(At(0), Token);
        for (int day = 1; day < days; day++)
        {
            List<MergedBinlog> batch = [RelayFolder.Transaction(At(day), 1000)];
            await writer.WriteAsync(batch, Token);
        }

        return relay;
    }
}
