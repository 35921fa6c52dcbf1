using Binlog.Service.Configuration;
using Binlog.Service.Hosting;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Pump.Retention;

/// <summary>
/// Watches the disk and the Drainers, and makes a retention pass at the start, at the interval, when disk space gets low, every
/// minute as long as it is or as the last pass could not do its work, and when somebody asks.
/// </summary>
internal sealed partial class RetentionLoop(
    IRetainedStore store, DiskWatch disk, DrainerWatch drainers, RetentionPass pass, RetentionOptions options, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan DrainerInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ShortInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ReportInterval = TimeSpan.FromMinutes(10);

    private readonly CancellationTokenSource _stopping = new();
    private readonly GrowthForecast _forecast = new(time);
    private readonly LagReport _report = new(logger);
    private Task _running = Task.CompletedTask;
    private volatile TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile IReadOnlyList<DrainerLag> _lags = [];
    private volatile bool _isPassing;
    private long? _lastPass;
    private bool _lastPassFailed;
    private long? _lastLook;
    private long? _lastReport;
    private string? _failure;

    /// <summary>How fast the store grows; null in the first minute.</summary>
    public GrowthRate? Growth => _forecast.Rate;

    /// <summary>What each Drainer holds back, as of the last look.</summary>
    public IReadOnlyList<DrainerLag> Lags => _lags;

    /// <summary>How often each Drainer was warned of, by node ID.</summary>
    public IReadOnlyDictionary<string, long> Endangered => _report.Endangered;

    /// <summary>Begins. Ends when this is disposed.</summary>
    public void Start() => _running = Task.Run(RunAsync);

    /// <summary>Asks for a pass at once.</summary>
    /// <returns>False when one is being made or has been asked for.</returns>
    public bool TryTrigger() => !_stopping.IsCancellationRequested && !_isPassing && _asked.TrySetResult();

    /// <summary>Does what is due. Fails only by cancellation.</summary>
    public async Task StepAsync(CancellationToken cancellationToken)
    {
        try
        {
            bool hasBecomeLow = disk.Look();
            _forecast.Add(store.Bytes, pass.Counts.RemovedBytes);
            if (FindTrigger(hasBecomeLow) is { } trigger)
            {
                await PassAsync(trigger, cancellationToken);
            }
            else if (IsDue(ref _lastLook, DrainerInterval))
            {
                await drainers.RefreshAsync(cancellationToken);
                LookAtLags();
            }

            _failure = null;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            if (_failure != exception.Message)
            {
                LogFailed(exception, exception.Message);
            }

            _failure = exception.Message;
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        CancellationToken stopping = _stopping.Token;
        try
        {
            while (true)
            {
                await StepAsync(stopping);
                await Task.WhenAny(_asked.Task, Task.Delay(Tick, time, stopping));
                stopping.ThrowIfCancellationRequested();
            }
        }
        catch when (stopping.IsCancellationRequested)
        {
            return;
        }
    }

    private string? FindTrigger(bool hasBecomeLow)
    {
        if (_asked.Task.IsCompleted)
        {
            return "on demand";
        }

        if (hasBecomeLow)
        {
            return "disk space has become low";
        }

        bool isLow = disk.Latest.State >= DiskState.Low;
        bool isShort = (isLow || _lastPassFailed) && ShortInterval < options.Interval;
        return !HasElapsed(_lastPass, isShort ? ShortInterval : options.Interval) ? null
            : !isShort ? "interval"
            : isLow ? "disk space is low" : "the last one failed";
    }

    private async Task PassAsync(string trigger, CancellationToken cancellationToken)
    {
        _isPassing = true;
        try
        {
            if (_asked.Task.IsCompleted)
            {
                _asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            _lastPass = _lastLook = time.GetTimestamp();
            _lastPassFailed = true;
            await pass.RunAsync(trigger, cancellationToken);
            _lastPassFailed = pass.Last is { Error: not null } or { Plan.IsBlind: true };
            LookAtLags();
        }
        finally
        {
            _isPassing = false;
        }
    }

    private void LookAtLags()
    {
        DrainerPositions positions = drainers.Latest;
        _lags = DrainerLags.Measure(store, options, positions.LastKnown, time.GetUtcNow());
        if (positions.Known is not null && IsDue(ref _lastReport, ReportInterval))
        {
            _report.Write(_lags);
        }
    }

    private bool IsDue(ref long? last, TimeSpan interval)
    {
        bool isDue = HasElapsed(last, interval);
        last = isDue ? time.GetTimestamp() : last;
        return isDue;
    }

    private bool HasElapsed(long? since, TimeSpan interval) => since is not { } last || time.GetElapsedTime(last) >= interval;

    [LoggerMessage(EventIds.PumpRetentionFailed, LogLevel.Error, "Looking after old binlogs failed and goes on: {Reason}")]
    private partial void LogFailed(Exception exception, string reason);
}
