using Binlog.Cluster.Registry;
using Binlog.RelayLog;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;
using Binlog.Service.Hosting.Http;
using Binlog.Service.Membership;
using Binlog.Service.Metrics;
using Binlog.Service.Pump.Debugging;
using Binlog.Service.Pump.Deciding;
using Binlog.Service.Pump.Intake;
using Binlog.Service.Pump.Leaving;
using Binlog.Service.Pump.Measuring;
using Binlog.Service.Pump.Registration;
using Binlog.Service.Pump.Retention;
using Binlog.Service.Pump.Serving;
using Binlog.Service.Pump.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using AnnouncementsContract = Binlog.Cluster.Contracts.PumpAnnouncements;

namespace Binlog.Service.Pump;

/// <summary>A running Pump: store, server, registration and fake binlogs, started in that order and stopped in the reverse.</summary>
internal sealed partial class PumpNode : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Stack<IAsyncDisposable> _parts = new();
    private Task _faking = Task.CompletedTask;
    private Task _telling = Task.CompletedTask;
    private volatile bool _isStarted;
    private NodeRegistration? _registration;
    private PumpLifecycle? _lifecycle;
    private DrainerNotifier? _notifier;
    private int _disposed;

    private PumpNode()
    {
    }

    /// <summary>Completes when the Pump is to end: as an operator asked, or with the error for which it can't go on by itself.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>The Pump's present state.</summary>
    public NodeState State => _registration?.State ?? NodeState.Offline;

    private bool TakesTransactions => _isStarted && _registration!.IsSurelyOnline;

    /// <summary>Name and address under which the Pump is registered.</summary>
    public NodeAddress Address { get; private set; } = new("", "");

    /// <summary>Opens the store, listens, tells the Drainers and registers.</summary>
    /// <exception cref="ServiceException">The Pump can't start; the message says why.</exception>
    /// <exception cref="RelayLogException">The store is damaged or in use.</exception>
    public static async Task<PumpNode> StartAsync(HostOptions host, PumpOptions options, ClusterAccess cluster, NodeIdFile ids, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var node = new PumpNode();
        try
        {
            await node.StartPartsAsync(host, options, cluster, ids, time, loggers, cancellationToken);
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Ends the pulls, the calls and the store, in that order, and then enters the Pump in the registry as what it is from now on. A Pump
    /// that left tells Drainers first, while they can still ask the registry through this host.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        if (_notifier is not null && _isStarted && State == NodeState.Offline)
        {
            await _notifier.TellAsync(CancellationToken.None);
        }

        _isStarted = false;
        await _stopping.CancelAsync();
        await Task.WhenAll(_faking, _telling).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (_parts.TryPop(out IAsyncDisposable? part))
        {
            await part.DisposeAsync();
        }

        if (_registration is not null)
        {
            await _registration.DisposeAsync();
        }

        _stopping.Dispose();
    }

    private async Task StartPartsAsync(HostOptions host, PumpOptions options, ClusterAccess cluster, NodeIdFile ids, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        string directory = Path.Combine(host.DataDir, "pump");
        ILogger logger = loggers.CreateLogger("Binlog.Pump");
        var metrics = new PumpMetrics();
        var memory = PumpMemory.Of(options.MemoryLimitBytes);
        var logOptions = new SegmentedLogOptions
        {
            Directory = directory,
            Name = "pump store",
            ClusterId = cluster.ClusterId,
            SegmentSizeBytes = options.SegmentSizeBytes,
            Observer = new LogMeter(metrics),
            TailBytes = memory.Tail,
            ReadAheadBytes = memory.ReadAhead,
        };
        PumpStore store = Own(await PumpStore.OpenAsync(logOptions, logger, cancellationToken));
        StoreMetrics.Register(metrics, store, directory, time);
        var disk = new DiskSpaceGuard(directory, options.StopWriteAtAvailableSpaceBytes, time);
        PumpRetention retention = Own(PumpRetention.Start(new RetainedPumpStore(store), cluster.Registry, options, directory, disk, time, logger));
        metrics.Retention = () => retention.Status;

        TransactionDeciding deciding = Own(new TransactionDeciding(store, FateOf(cluster.Upstream, store), cluster.Tso, options.HeldOrderWarning, () => Address.Address, time, logger));

        var demand = new AnnouncementDemand();
        PumpStatusEndpoint? status = null;
        NodeStateEndpoint? state = null;
        var writes = new WritesInFlight();
        var registry = new RegistryEndpoints(cluster.Registry, logger);
        var service = new PumpGrpcService(store, disk, () => TakesTransactions, cluster.ClusterId, logger, metrics, new WriteMeter(metrics, options.SlowWriteThreshold, time, logger), time, _stopping.Token);
        var serverOptions = new NodeServerOptions
        {
            Key = "pump.listen",
            Listen = options.Listen,
            Socket = options.Socket,
            Tls = host.Security.Server,
            Observer = new CallMeter(metrics),
            Services = [.. cluster.Services, AnnouncementsContract.BindService(new PumpAnnouncementsService(demand, cluster.ClusterId, time, _stopping.Token))],
            RawMethods = service.Methods(new MessageIntake(options.MaxMessageBytes, new IntakeBudget(memory)), writes, new PullLimit(memory.Pulls)),
            Endpoints =
            [
                HttpEndpoint.Get("/status", context => status?.HandleAsync(context) ?? NotReadyAsync(context)),
                HttpEndpoint.Put(NodeStateEndpoint.Template, context => state?.HandleAsync(context) ?? NotReadyAsync(context)),
                registry.Drainers,
                .. registry.Edits,
                .. deciding.Endpoints,
                .. retention.Endpoints,
                ProcessEndpoint.Endpoint,
                MetricsEndpoint.Of(metrics.Registry),
                BinlogDumpEndpoint.Of(store),
            ],
        };
        NodeServer server = Own(await NodeServer.StartAsync(serverOptions, loggers, cancellationToken));

        Address = NodeAddress.Of(ids, NodeRole.Pump, options.Advertise, server.BoundAddress);
        _registration = new NodeRegistration(cluster.Registry, NodeRole.Pump, Address, () => store.MaxCommitTs, time, logger);
        _lifecycle = Own(new PumpLifecycle(_registration, new LeavingProcedure(new LeavingStore(store), writes, cluster.Registry, time, logger), logger));
        _notifier = new DrainerNotifier(cluster.Registry, time, logger, host.Security.Client);
        status = new PumpStatusEndpoint(cluster, _registration, store, _lifecycle, retention);
        NodeState previous = await _registration.FindPreviousStateAsync(cancellationToken);
        var unannounced = new AnnouncementMarker(host.DataDir, logOptions.FileSystem);
        bool isNew = previous == NodeState.Offline || store.IsEmpty || unannounced.IsSet;
        if (isNew || !await _registration.TryResumeAsync(options.HeartbeatInterval, cancellationToken))
        {
            // Drainers don't know it, or were told since its state was read that they need not wait for it.
            isNew = true;
            unannounced.Set();
            await _registration.GoOnlineAsync(options.HeartbeatInterval, cancellationToken);
        }

        await TellDrainersAsync(isNew, cancellationToken);
        unannounced.Clear();
        if (previous == NodeState.Closing)
        {
            LogWasLeaving(logger, Address.NodeId);
        }

        if (MetricsPusher.Start(metrics.Registry, host.Metrics, Address.NodeId, time, logger) is { } pusher)
        {
            Own(pusher);
        }

        if (cluster.Upstream is { } upstream)
        {
            Own(SafePointHold.Start(upstream.Pd, SafePointName, KeptVersions.TimeToLive, () => UndecidedAge.OldestOf(store), () => State is NodeState.Closing or NodeState.Offline, time, logger));
        }

        _isStarted = true;
        state = new NodeStateEndpoint(_registration, "invalide", _lifecycle.Actions);
        _faking = new FakeBinlogLoop(store, cluster.Tso, demand, options.FakeBinlogInterval, time, logger).RunAsync(_stopping.Token);
        Completion = EndOfAnyAsync(_faking, store.Failure, deciding.Completion, _lifecycle.Ended, _registration.GivenUp);
    }

    /// <summary>Who knows how transactions ended; nobody where the cluster has no storage that could be asked.</summary>
    private TiKvFate? FateOf(UpstreamStorage? upstream, PumpStore store) => upstream is null
        ? null
        : new TiKvFate(upstream.TiKv, new KeptVersions(upstream.Pd, () => SafePointName, from => UndecidedAge.OldestOf(store, from), upstream.Pd.GetGcSafePointAsync).KeepAsync);

    private string SafePointName => $"binlog-pump-{Address.NodeId}";

    private static async Task EndOfAnyAsync(params Task[] tasks) => await await Task.WhenAny(tasks);

    /// <summary>
    /// A Pump that some Drainer does not know takes no binlogs, so there is nothing of it that others could wait for. Drainers that
    /// know it are told too, so that they pull again at once, but need not answer.
    /// </summary>
    private async Task TellDrainersAsync(bool isNew, CancellationToken cancellationToken)
    {
        if (!isNew)
        {
            _telling = _notifier!.TellAsync(_stopping.Token);
            return;
        }

        try
        {
            await _notifier!.NotifyAllAsync(cancellationToken);
        }
        catch
        {
            _registration!.Withdraw();
            throw;
        }
    }

    private static Task NotReadyAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return context.Response.WriteAsync("This Pump is starting.\n");
    }

    [LoggerMessage(EventIds.PumpWasLeaving, LogLevel.Warning, "The Pump {NodeId} ended while it was leaving the cluster. It is online again and takes binlogs; ask it to leave again by PUT /state/{NodeId}/close.")]
    private static partial void LogWasLeaving(ILogger logger, string nodeId);

    private T Own<T>(T part)
        where T : IAsyncDisposable
    {
        _parts.Push(part);
        return part;
    }
}
