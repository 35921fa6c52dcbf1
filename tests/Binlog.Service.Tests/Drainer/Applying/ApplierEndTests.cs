using Binlog.Service.Downstream;
using Binlog.Service.Drainer.Applying;
using Binlog.Service.Tests.Drainer.Relaying;
using Binlog.Service.Tests.Drainer.Schema;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Drainer.Applying;

/// <summary>Applying up to the end of the relay log, and no further.</summary>
public sealed class ApplierEndTests : IAsyncLifetime
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private RecordedRelay _recorded = null!;

    public async ValueTask InitializeAsync() => _recorded = await RecordedRelay.CreateAsync(120);

    public ValueTask DisposeAsync() => _recorded.DisposeAsync();

    [Fact]
    public async Task RunToEnd_EverythingThere_EndsAtTheLastCommitTs()
    {
        var state = new TargetState { Checkpoint = new Checkpoint(0, 0) };
        await Applier(state).RunToEndAsync(Token);

        Assert.Equal(_recorded.LastCommitTs, state.Checkpoint!.CommitTs);
    }

    [Fact]
    public async Task RunToEnd_TargetFailsNowAndThen_GoesOn()
    {
        var state = new TargetState { Checkpoint = new Checkpoint(0, 0), Script = step => step % 5 == 4 ? TargetFailure.AnswerLost : TargetFailure.None };
        await Applier(state).RunToEndAsync(Token);

        Assert.Equal(_recorded.LastCommitTs, state.Checkpoint!.CommitTs);
        Assert.InRange(state.Sessions, 2, int.MaxValue);
    }

    [Fact]
    public async Task RunToEnd_TargetGoesAwayForGood_EndsWithItsReason()
    {
        var state = new TargetState { Checkpoint = new Checkpoint(0, 0), Script = step => step >= 6 ? TargetFailure.Lost : TargetFailure.None };

        TargetException error = await Assert.ThrowsAsync<TargetException>(() => Applier(state).RunToEndAsync(Token));
        Assert.Contains("scripted target: Lost", error.Message, StringComparison.Ordinal);
        Assert.InRange(state.Checkpoint!.CommitTs, 1UL, _recorded.LastCommitTs - 1);
    }

    [Fact]
    public async Task RunToEnd_OnlyAPointInTime_IsTheCheckpointAtOnce()
    {
        using var folder = new RelayFolder();
        await using Service.Drainer.Relaying.Relay relay = await folder.OpenAsync();
        var writer = new Service.Drainer.Relaying.RelayWriter(relay, new FakeSchemaHistory(), new InstantTimeProvider(), NullLogger.Instance);
        await writer.StartAtAsync(100, Token);
        await writer.WriteAsync([RelayFolder.Watermark(110)], Token);
        await writer.WriteAsync([RelayFolder.Watermark(120)], Token);
        var state = new TargetState { Checkpoint = new Checkpoint(100, 0) };

        await new Applier(state.NewSession, relay, new FakeSchemaHistory(), new ApplyLimits(), new ApplyProgress(), TimeProvider.System, NullLogger.Instance).RunToEndAsync(Token);

        Assert.Equal([new Checkpoint(120, 0)], state.Commits);
    }

    /// <summary>Half of what is in doubt as a whole would take the target back.</summary>
    [Theory]
    [InlineData(120, new ulong[] { 120 })]
    [InlineData(115, new ulong[] { 110, 120 })]
    [InlineData(110, new ulong[] { 110, 120 })]
    [InlineData(121, new ulong[] { })]
    public async Task RunToEnd_InDoubtAsAWhole_AppliesAllOfItAtOnceOrNothing(ulong upTo, ulong[] commits)
    {
        using var folder = new RelayFolder();
        await using Service.Drainer.Relaying.Relay relay = await folder.OpenAsync();
        var writer = new Service.Drainer.Relaying.RelayWriter(relay, new FakeSchemaHistory(), new InstantTimeProvider(), NullLogger.Instance);
        await writer.StartAtAsync(100, Token);
        await writer.WriteAsync([RelayFolder.Watermark(110)], Token);
        await writer.WriteAsync([RelayFolder.Watermark(120)], Token);
        var state = new TargetState { Checkpoint = new Checkpoint(100, 0), WholeUpTo = upTo };

        Task applying = new Applier(state.NewSession, relay, new FakeSchemaHistory(), new ApplyLimits(), new ApplyProgress(), TimeProvider.System, NullLogger.Instance).RunToEndAsync(Token);

        if (commits.Length > 0)
        {
            await applying;
        }
        else
        {
            Assert.Contains("ends at 120, before that", (await Assert.ThrowsAsync<Service.Drainer.DrainerException>(() => applying)).Message, StringComparison.Ordinal);
        }

        Assert.Equal(commits, state.Commits.Select(commit => commit.CommitTs));
    }

    private Applier Applier(TargetState state) => new(
        state.NewSession, _recorded.Relay, _recorded.History, new ApplyLimits { Transactions = 10 }, new ApplyProgress(), new InstantTimeProvider(), NullLogger.Instance);
}
