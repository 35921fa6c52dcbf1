using Binlog.Cluster.Pd;
using Binlog.Service.Hosting;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Membership;

/// <summary>Keeps TiKV from removing old versions that a node still has to read, for as long as the node runs and some time longer.</summary>
internal sealed partial class SafePointHold : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly GcSafePointKeeper _keeper;
    private readonly Task _keeping;
    private readonly ILogger _logger;

    private SafePointHold(GcSafePointKeeperOptions options, IGcSafePoints safePoints, ILogger logger)
    {
        _logger = logger;
        _keeper = new GcSafePointKeeper(safePoints, options with { Changed = Report });
        _keeping = _keeper.RunAsync(_stopping.Token);
    }

    /// <summary>How it goes.</summary>
    public GcSafePointState State => _keeper.State;

    /// <summary>Begins to hold.</summary>
    /// <param name="safePoints">PD.</param>
    /// <param name="serviceId">Name in PD, one for each node.</param>
    /// <param name="timeToLive">How long it holds after the node died.</param>
    /// <param name="needed">The TSO that has to stay readable; 0 when there is none.</param>
    /// <param name="isForGood">Asked at the end: whether the node left, so that nothing is needed any more.</param>
    /// <param name="time">Clock of the pauses.</param>
    /// <param name="logger">Where it is reported that PD refuses.</param>
    public static SafePointHold Start(IGcSafePoints safePoints, string serviceId, TimeSpan timeToLive, Func<ulong> needed, Func<bool> isForGood, TimeProvider time, ILogger logger) => new(
        new GcSafePointKeeperOptions { ServiceId = serviceId, Needed = needed, GivesBackAtEnd = isForGood, TimeToLive = timeToLive, Time = time },
        safePoints,
        logger);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _keeping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private void Report(GcSafePointState state)
    {
        if (state.Kind is GcSafePointKind.Refused or GcSafePointKind.Failing)
        {
            LogRefused(state.Message);
        }
        else
        {
            LogChanged(state.Message);
        }
    }

    [LoggerMessage(EventIds.SafePointChanged, LogLevel.Information, "{Text}")]
    private partial void LogChanged(string text);

    [LoggerMessage(EventIds.SafePointRefused, LogLevel.Warning, "{Text}")]
    private partial void LogRefused(string text);
}
