using Binlog.Service.Drainer.Announcing;
using Binlog.Service.Drainer.Memory;
using Binlog.Service.Hosting;
using Binlog.Service.Signals;
using Binlog.TiDB;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Drainer.Collecting;

/// <summary>One Pump as a source of the merge: pulls it into a queue, and after a failure goes on after the last binlog it got.</summary>
internal sealed partial class PumpSource : IAsyncDisposable
{
    private const string PausedReason = "it is paused; merging goes on when it is started again";

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(200);

    private readonly IBinlogPuller _puller;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly AdvanceSignal _resumed = new();
    private readonly ArrivalMeter? _arrivals;
    private readonly AnnouncementTrigger? _trigger;
    private readonly AnnouncementRequests? _announcements;
    private readonly Task _pulling;
    private ulong _lastTs;
    private long _lastReceivedAt;
    private volatile bool _isPaused;
    private int _disposed;

    /// <summary>Starts pulling.</summary>
    /// <param name="nodeId">ID of the Pump.</param>
    /// <param name="address">Where it is, to notice when it moves.</param>
    /// <param name="puller">The connection.</param>
    /// <param name="afterCommitTs">What the Drainer already has (TSO).</param>
    /// <param name="memory">Where binlogs are until they are merged.</param>
    /// <param name="time">Clock for the pause between two tries.</param>
    /// <param name="logger">Where failures are reported.</param>
    /// <param name="isPaused">See <see cref="IsPaused"/>.</param>
    /// <param name="arrivals">Measures what arrives; null: nothing does.</param>
    /// <param name="trigger">Is told of transactions; null: nothing is.</param>
    /// <param name="announcements">Asks the Pump to announce how far it is; null: it isn't asked. Disposed with the source.</param>
    public PumpSource(
        string nodeId, string address, IBinlogPuller puller, ulong afterCommitTs, SourceMemory memory, TimeProvider time, ILogger logger, bool isPaused = false, ArrivalMeter? arrivals = null,
        AnnouncementTrigger? trigger = null, AnnouncementRequests? announcements = null)
    {
        _trigger = trigger;
        _announcements = announcements;
        NodeId = nodeId;
        Address = address;
        _puller = puller;
        _lastTs = afterCommitTs;
        _time = time;
        _lastReceivedAt = time.GetTimestamp();
        _logger = logger;
        _isPaused = isPaused;
        _arrivals = arrivals;
        Queue = new SourceQueue(memory, time);
        _pulling = Task.Run(PullAsync);
    }

    /// <summary>ID of the Pump.</summary>
    public string NodeId { get; }

    /// <summary><c>host:port</c> of the Pump.</summary>
    public string Address { get; }

    /// <summary>What was pulled.</summary>
    public SourceQueue Queue { get; }

    /// <summary>Commit TS of the newest binlog that came from this Pump.</summary>
    public ulong LastTs => Volatile.Read(ref _lastTs);

    /// <summary>
    /// How long ago something came from this Pump, or, before the first binlog, it became a source; and how long the merge, which may have been held up itself, has
    /// waited for more.
    /// </summary>
    public TimeSpan SilentFor => _time.GetElapsedTime(Math.Max(Volatile.Read(ref _lastReceivedAt), Queue.EmptiedAt));

    /// <summary>Whether the registry takes the Pump for alive.</summary>
    public bool IsAlive { get; set; } = true;

    /// <summary>Commit TS up to which the Pump is complete, as the registry knew it last.</summary>
    public ulong RegisteredTs { get; set; }

    /// <summary>Why nothing comes from this Pump at present; null when something does.</summary>
    public string? Failure { get; private set; }

    /// <summary>
    /// Whether the Pump said that it is stopped for a while. Nothing is asked of it then, and merging waits. A pull that works in spite of it
    /// goes on.
    /// </summary>
    public bool IsPaused
    {
        get => _isPaused;
        set
        {
            if (_isPaused != value)
            {
                _isPaused = value;
                _resumed.Pulse();
            }
        }
    }

    /// <summary>Nothing will ever come from this Pump again; <see cref="Failure"/> says why.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Asks the Pump to announce something at or above a commit TS, as long as it is being pulled.</summary>
    public void AskToAnnounce(ulong commitTs)
    {
        if (Failure is null && !Queue.IsFull)
        {
            _announcements?.Ask(commitTs);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            await _stopping.CancelAsync();
            await _pulling;
            if (_announcements is not null)
            {
                await _announcements.DisposeAsync();
            }

            Queue.Leave();
            _stopping.Dispose();
        }
        else
        {
            await _pulling;
        }
    }

    private async Task PullAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await WaitWhilePausedAsync();
                await foreach (PulledBinlog binlog in _puller.PullAsync(_lastTs, Connected, _stopping.Token))
                {
                    Volatile.Write(ref _lastReceivedAt, _time.GetTimestamp());
                    _arrivals?.Note(binlog);
                    await Queue.WriteAsync(binlog, _stopping.Token);
                    Volatile.Write(ref _lastTs, binlog.CommitTs);
                    if (!binlog.IsFake)
                    {
                        _trigger?.Note(binlog.CommitTs);
                    }
                }
            }
            catch (Exception exception) when (exception is OperationCanceledException or RpcException && _stopping.IsCancellationRequested)
            {
                return;
            }
            catch (RpcException exception) when (exception.StatusCode is StatusCode.OutOfRange or StatusCode.InvalidArgument or StatusCode.DataLoss)
            {
                End($"refuses to be pulled after commit TS {_lastTs}: {exception.Status.Detail}", exception);
                return;
            }
            catch (TiDBFormatException exception)
            {
                End($"sent something that is not a binlog after commit TS {_lastTs}: {exception.Message}", exception);
                return;
            }
            catch (Exception exception)
            {
                Fail(exception, exception is RpcException rpc ? $"{rpc.StatusCode}: {rpc.Status.Detail}" : exception.Message);
            }

            await Task.Delay(RetryDelay, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Connected()
    {
        Failure = null;
        _announcements?.Renew();
    }

    private async Task WaitWhilePausedAsync()
    {
        while (true)
        {
            Task resumed = _resumed.Next;
            if (!_isPaused)
            {
                return;
            }

            if (Failure != PausedReason)
            {
                LogPaused(NodeId, Address, _lastTs);
            }

            Failure = PausedReason;
            await resumed.WaitAsync(_stopping.Token);
        }
    }

    /// <summary>The merge stops at this point of the queue, and the Drainer with it: going on would lose what this Pump has.</summary>
    private void End(string reason, Exception exception)
    {
        Failure = reason;
        Queue.Complete(new DrainerException($"The Pump {NodeId} at {Address} {reason}", exception));
        IsOver = true;
    }

    private void Fail(Exception exception, string reason)
    {
        if (Failure is null)
        {
            LogFailed(exception is RpcException ? null : exception, NodeId, Address, _lastTs, reason);
        }

        Failure = reason;
    }

    [LoggerMessage(EventIds.DrainerSourcePaused, LogLevel.Warning, "The Pump {NodeId} at {Address} is paused. Merging waits for what it holds after commit TS {LastTs} until it is started again.")]
    private partial void LogPaused(string nodeId, string address, ulong lastTs);

    [LoggerMessage(EventIds.DrainerSourceFailed, LogLevel.Warning, "Pulling from Pump {NodeId} at {Address} after commit TS {LastTs} failed; merging waits for it while it is tried again: {Reason}")]
    private partial void LogFailed(Exception? exception, string nodeId, string address, ulong lastTs, string reason);
}
