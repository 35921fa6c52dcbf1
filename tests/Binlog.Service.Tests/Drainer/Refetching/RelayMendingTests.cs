using Binlog.RelayLog;
using Binlog.Service.Downstream;
using Binlog.Service.Drainer;
using Binlog.Service.Drainer.Applying;
using Binlog.Service.Drainer.Refetching;
using Binlog.Service.Tests.Commands.Inspect;
using Binlog.Service.Tests.Drainer.Applying;
using Binlog.Service.Tests.Drainer.Collecting;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Drainer.Refetching;

/// <summary>An applier that comes to a damaged record in the middle of the recorded relay log.</summary>
public sealed class RelayMendingTests : IAsyncLifetime
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private readonly TargetState _target = new() { Checkpoint = new Checkpoint(0, 0) };
    private readonly ApplyProgress _progress = new();
    private readonly FakePump _pump = new();
    private RecordedRelay _recorded = null!;
    private ulong _before;

    public async ValueTask InitializeAsync()
    {
        _recorded = await RecordedRelay.CreateAsync(250);
        List<(LogPosition Position, ulong Sequence, RecordTag Tag)> records = InspectRun.Records(_recorded.Relay.Directory);
        InspectRun.Damage(_recorded.Relay.Directory, records[records.Count / 2].Position);
        _before = records[(records.Count / 2) - 1].Tag.CommitTs;
    }

    public ValueTask DisposeAsync() => _recorded.DisposeAsync();

    [Fact]
    public async Task Run_PumpsHaveIt_AsksForANewBeginningAtTheCheckpoint()
    {
        RelayDamagedException damage = await Assert.ThrowsAsync<RelayDamagedException>(RunAsync);

        Assert.Equal((_recorded.Relay.Directory, _before, _recorded.LastCommitTs), (damage.RelayDirectory, damage.After, damage.UpTo));
        Assert.Equal(_before, _target.Checkpoint!.CommitTs);
        Assert.Equal([_before], _pump.Pulls);
        Assert.Contains("is damaged at byte", damage.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_PumpRefuses_NamesTheRangeAndLeavesTheLog()
    {
        _pump.Refusal = new RpcException(new Status(StatusCode.OutOfRange, "removed."));

        DrainerException error = await Assert.ThrowsAsync<DrainerException>(RunAsync);

        Assert.Contains("is damaged at byte", error.Message, StringComparison.Ordinal);
        Assert.Contains($"What lies between commit TS {_before}, which the target is at, and {_recorded.LastCommitTs} can't be fetched again: the Pump p1 at p1:8250 refuses", error.Message, StringComparison.Ordinal);
        Assert.Contains($"stays in {_recorded.Relay.Directory}", error.Message, StringComparison.Ordinal);
        Assert.Equal(_before, _target.Checkpoint!.CommitTs);
        Assert.Null(RelayAside.Find(_recorded.Relay.Directory));
    }

    [Fact]
    public async Task Run_DamagedAgainWhileFetching_Ends()
    {
        string aside = $"{_recorded.Relay.Directory}-damaged-20260304T050607Z-{_recorded.LastCommitTs + 1}";
        Directory.CreateDirectory(aside);

        DrainerException error = await Assert.ThrowsAsync<DrainerException>(RunAsync);

        Assert.Contains($"the log in {aside} goes up to commit TS {_recorded.LastCommitTs + 1}", error.Message, StringComparison.Ordinal);
        Assert.Empty(_pump.Pulls);
    }

    [Fact]
    public async Task Run_AnotherError_IsPassedOn()
    {
        _target.Script = step => step == 3 ? TargetFailure.Refused : TargetFailure.None;

        await Assert.ThrowsAsync<TargetException>(RunAsync);
        Assert.Empty(_pump.Pulls);
    }

    private Task RunAsync()
    {
        var applier = new Applier(_target.NewSession, _recorded.Relay, _recorded.History, new ApplyLimits(), _progress, new InstantTimeProvider(), NullLogger.Instance);
        var check = new RefetchCheck(new FakeRegistry { Nodes = [FakeRegistry.Pump("p1")] }, _ => _pump, _progress, TimeProvider.System);
        return new RelayMending(_recorded.Relay, check, _progress).RunAsync(applier.RunAsync, Token);
    }
}
