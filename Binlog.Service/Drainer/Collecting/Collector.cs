using Binlog.Cluster.Registry;
using Binlog.Cluster;
using Binlog.Service.Drainer.Announcing;
using Binlog.Service.Drainer.Memory;
using Binlog.Service.Drainer.Merging;
using Binlog.Service.Hosting;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Drainer.Collecting;

/// <summary>
/// Keeps the merge's sources equal to the cluster's Pumps: looks at the registry at an interval and whenever it is asked to.
/// A Pump that is not offline is a source, even while it is paused or dead: what it holds is needed. One that went offline is no
/// longer pulled; what had been pulled from it is merged to the end.
/// </summary>
internal sealed partial class Collector : IAsyncDisposable
{
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(250);

    private readonly INodeRegistry _registry;
    private readonly Merger _merger;
    private readonly Func<NodeStatus, IBinlogPuller> _connect;
    private readonly SourceMemory _memory;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly AnnouncementTrigger _trigger;
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _refreshing = new(1, 1);
    private IReadOnlyList<PumpSource> _sources = [];
    private volatile string? _failure;

    /// <summary>Prepares; nothing is pulled before the first look.</summary>
    public Collector(INodeRegistry registry, Merger merger, Func<NodeStatus, IBinlogPuller> connect, SourceMemory memory, TimeProvider time, ILogger logger)
    {
        _registry = registry;
        _merger = merger;
        _connect = connect;
        _memory = memory;
        _time = time;
        _logger = logger;
        _trigger = new AnnouncementTrigger(() => Sources, time);
    }

    /// <summary>Makes the way to ask a Pump for announcements; null asks none.</summary>
    public Func<NodeStatus, IAnnouncingPump>? Announcing { get; init; }

    /// <summary>Makes the meter of what arrives from a Pump; null measures nothing.</summary>
    public Func<string, ArrivalMeter>? Arrivals { get; init; }

    /// <summary>The sources at present.</summary>
    public IReadOnlyList<PumpSource> Sources
    {
        get
        {
            lock (_lock)
            {
                return _sources;
            }
        }
    }

    /// <summary>The Pumps for which merging waits, and why.</summary>
    public IReadOnlyList<PumpHold> Holds => [.. _merger.WaitsFor.Select(HoldOf).OfType<PumpHold>()];

    /// <summary>Whether merging waits for a source, and why.</summary>
    public PumpHold? HoldOf(PumpSource source) => PumpHold.Of(source, _merger.HasTransactions);

    /// <summary>Why the merge is held although its sources may have something; null when it is not.</summary>
    public string? Held => (_merger.Fence.IsOpen, _failure) switch
    {
        (true, _) => null,
        (false, { } failure) => $"the registry can't be reached: merging waits, because a Pump may have started meanwhile: {failure}",
        (false, null) => "merging waits until the registry has heard this Drainer and named the Pumps, because a Pump may have started meanwhile",
    };

    /// <summary>Looks at the registry until cancelled; more often while no Pump is known, the registry can't be reached or merging waits for a look.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        bool saidSo = false;
        while (true)
        {
            bool isSettled = false;
            try
            {
                await RefreshAsync(cancellationToken);
                bool isAlone = Sources.Count == 0;
                if (isAlone && !saidSo)
                {
                    LogNoPumps();
                }

                saidSo = isAlone;
                isSettled = !isAlone && _merger.Fence.IsOpen;
            }
            catch (ClusterException exception) when (exception.IsTransient)
            {
                if (!saidSo)
                {
                    LogUnknown(exception.Message);
                }

                saidSo = true;
            }

            await Task.Delay(isSettled ? RefreshInterval : RetryInterval, _time, cancellationToken);
        }
    }

    /// <summary>Looks at the registry once, and returns when the merge works with what was found.</summary>
    /// <remarks>
    /// One look at a _time, from the question to the answer's effect: an older answer that takes effect after a newer one would take
    /// a Pump away that has been told that it is known, and merging would pass its binlogs.
    /// </remarks>
    /// <exception cref="ClusterException">The registry can't be reached.</exception>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await _refreshing.WaitAsync(cancellationToken);
        Task taking = Task.CompletedTask;
        try
        {
            long? term = _merger.Fence.BeginLook();
            taking = TakeAsync(await _registry.ListAsync(NodeRole.Pump, cancellationToken), term);
            _failure = null;
        }
        catch (ClusterException exception)
        {
            _failure = exception.Message;
            throw;
        }
        finally
        {
            if (taking.IsCompleted)
            {
                _refreshing.Release();
            }
            else
            {
                _ = taking.ContinueWith(_ => _refreshing.Release(), TaskScheduler.Default);
            }
        }

        await taking.WaitAsync(cancellationToken);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        // A look that is under way may still make sources; no other one begins.
        await _refreshing.WaitAsync(LongestLook);
        foreach (PumpSource source in Sources)
        {
            await source.DisposeAsync();
        }

        _trigger.Dispose();
    }

    /// <summary>Goes on to its end even when the caller no longer waits, so that no removed source is left pulling.</summary>
    private async Task TakeAsync(IReadOnlyList<NodeStatus> pumps, long? term)
    {
        // Before the merge takes over what is left of them: then nothing is added to that any more.
        foreach (PumpSource source in Sources.Where(source => !pumps.Any(pump => IsSourceOf(pump, source))))
        {
            await source.DisposeAsync();
            LogRemoved(source.NodeId, source.Address, source.LastTs);
        }

        await _merger.Propose((lastTs, present) => Choose(pumps, lastTs, present));
        _merger.Fence.EndLook(term);
    }

    private AnnouncementRequests? RequestsTo(NodeStatus pump) => Announcing is null ? null : new AnnouncementRequests(pump.NodeId, Announcing(pump), _time, _logger);

    private static bool IsSourceOf(NodeStatus pump, PumpSource source) =>
        pump.State != NodeState.Offline && pump.NodeId == source.NodeId && pump.Host == source.Address;

    private List<PumpSource> Choose(IReadOnlyList<NodeStatus> pumps, ulong lastTs, IReadOnlyDictionary<string, PumpSource> present)
    {
        var sources = new List<PumpSource>();
        foreach (NodeStatus pump in pumps.Where(pump => pump.State != NodeState.Offline))
        {
            bool isPaused = pump.State == NodeState.Paused;
            if (present.TryGetValue(pump.NodeId, out PumpSource? source) && source.Address == pump.Host)
            {
                source.IsPaused = isPaused;
            }
            else
            {
                source = new PumpSource(pump.NodeId, pump.Host, _connect(pump), lastTs, _memory, _time, _logger, isPaused, Arrivals?.Invoke(pump.NodeId), _trigger, RequestsTo(pump));
                LogAdded(pump.NodeId, pump.Host, lastTs);
            }

            source.IsAlive = pump.IsAlive;
            source.RegisteredTs = (ulong)pump.MaxCommitTs;
            sources.Add(source);
        }

        lock (_lock)
        {
            _sources = sources;
        }

        return sources;
    }

    [LoggerMessage(EventIds.DrainerSourceAdded, LogLevel.Information, "Pulling from Pump {NodeId} at {Address} after commit TS {CommitTs}.")]
    private partial void LogAdded(string nodeId, string address, ulong commitTs);

    [LoggerMessage(EventIds.DrainerSourceRemoved, LogLevel.Information, "The Pump {NodeId} at {Address} is no longer a source; what was pulled from it, up to commit TS {CommitTs}, is merged.")]
    private partial void LogRemoved(string nodeId, string address, ulong commitTs);

    [LoggerMessage(EventIds.DrainerPumpsUnknown, LogLevel.Warning, "The list of Pumps can't be read; the known ones stay: {Reason}")]
    private partial void LogUnknown(string reason);

    [LoggerMessage(EventIds.DrainerWaitsForPumps, LogLevel.Information, "No Pump is registered yet; waiting for one.")]
    private partial void LogNoPumps();
}
