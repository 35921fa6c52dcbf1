using Binlog.Cluster.Registry;
using Binlog.Cluster;
using Binlog.RelayLog;
using Binlog.Service.Configuration;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Claiming;
using Binlog.Service.Drainer.Announcing;
using Binlog.Service.Drainer.Applying;
using Binlog.Service.Drainer.Collecting;
using Binlog.Service.Drainer.Explaining;
using Binlog.Service.Drainer.Measuring;
using Binlog.Service.Drainer.Memory;
using Binlog.Service.Drainer.Merging;
using Binlog.Service.Drainer.Refetching;
using Binlog.Service.Drainer.Relaying;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Drainer.Serving;
using Binlog.Service.Drainer.Standby;
using Binlog.Service.Drainer.Tuning;
using Binlog.Service.Hosting;
using Binlog.Service.Hosting.Http;
using Binlog.Service.Membership;
using Binlog.Service.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using CisternContract = Binlog.Cluster.Contracts.Cistern;

namespace Binlog.Service.Drainer;

/// <summary>
/// A running Drainer. Data flows one way: the collector pulls Pumps, the merger orders, the relay writer makes durable, and the
/// applier reads what is durable and applies it.
/// </summary>
internal sealed partial class DrainerNode : IAsyncDisposable
{
    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Stack<IAsyncDisposable> _parts = new();
    private readonly List<Task> _stages = [];
    private readonly MetricRegistry _metrics = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private NodeServer? _server;
    private NodeRegistration? _registration;
    private RefetchWitness? _witness;
    private volatile IOpenSchemaHistory? _history;
    private Task _takingOver = Task.CompletedTask;
    private volatile Collector? _collector;
    private volatile Func<HttpContext, Task>? _status;
    private volatile Func<HttpContext, Task>? _lag;
    private volatile NodeStateEndpoint? _state;
    private volatile SettingsEndpoint? _settings;
    private int _disposed;

    private DrainerNode() => Progress = new ApplyProgress { Timings = new ApplyTimings(_metrics) };

    /// <summary>
    /// Completes when the Drainer is to end: as an operator asked, or with the error for which a stage can't go on. With <see cref="RelayDamagedException"/>
    /// another one is to be started once this one is disposed and its relay log moved aside.
    /// </summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>The Drainer's present state.</summary>
    public NodeState State => _registration?.State ?? NodeState.Offline;

    /// <summary>How far applying is.</summary>
    public ApplyProgress Progress { get; }

    /// <summary>Name and address under which the Drainer is registered.</summary>
    public NodeAddress Address { get; private set; } = new("", "");

    /// <summary>Opens relay log and target, listens, registers, and starts the stages; a standby only listens, and does the rest when its time has come.</summary>
    /// <exception cref="ServiceException">The Drainer can't start; the message says why.</exception>
    /// <exception cref="RelayLogException">The relay log is damaged or in use.</exception>
    /// <exception cref="ClusterException">The registry can't be reached.</exception>
    public static async Task<DrainerNode> StartAsync(HostOptions host, DrainerOptions options, ClusterAccess cluster, NodeIdFile ids, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var node = new DrainerNode();
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

    /// <summary>Ends the stages, the calls and the relay log, in that order, and then enters the Drainer in the registry as what it is from now on.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _stopping.CancelAsync();
        await _takingOver.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_stages).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        if (_collector is not null)
        {
            await _collector.DisposeAsync();
        }

        while (_parts.TryPop(out IAsyncDisposable? part))
        {
            await part.DisposeAsync();
        }

        if (_registration is not null)
        {
            await _registration.DisposeAsync();
        }

        _witness?.Dispose();
        _stopping.Dispose();
    }

    private async Task StartPartsAsync(HostOptions host, DrainerOptions options, ClusterAccess cluster, NodeIdFile ids, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        ILogger logger = loggers.CreateLogger("Binlog.Drainer");
        Relay relay = Own(await Relay.OpenAsync(Relay.OptionsOf(host.DataDir, cluster.ClusterId, options.Relay), RelayLimits.Of(options.Relay), logger, cancellationToken));
        ProcessMetrics.Register(_metrics);
        var serverOptions = new NodeServerOptions
        {
            Key = "drainer.listen",
            Listen = options.Listen,
            Tls = host.Security.Server,
            Services = [CisternContract.BindService(new CisternService(() => _collector)), .. cluster.Services],
            Endpoints =
            [
                HttpEndpoint.Get("/status", context => _status?.Invoke(context) ?? NotReadyAsync(context)),
                HttpEndpoint.Get("/commit_ts", new CommitTsEndpoint(Progress).HandleAsync),
                HttpEndpoint.Get("/lag", context => _lag?.Invoke(context) ?? NotReadyAsync(context)),
                HttpEndpoint.Get("/settings", context => _settings?.ShowAsync(context) ?? NotReadyAsync(context)),
                HttpEndpoint.Put("/settings", context => _settings?.ChangeAsync(context) ?? NotReadyAsync(context)),
                HttpEndpoint.Put(NodeStateEndpoint.Template, context => _state?.HandleAsync(context) ?? NotReadyAsync(context)),
                .. new RegistryEndpoints(cluster.Registry, logger).Edits,
                ProcessEndpoint.Endpoint,
                MetricsEndpoint.Of(_metrics),
            ],
        };
        _server = await NodeServer.StartAsync(serverOptions, loggers, cancellationToken);

        Address = NodeAddress.Of(ids, NodeRole.Drainer, options.Advertise, _server.BoundAddress);
        _registration = new NodeRegistration(cluster.Registry, NodeRole.Drainer, Address, () => Progress.CommitTs, time, logger) { IsToldWhilePaused = cluster.TellsPausedDrainers };
        await _registration.FindPreviousStateAsync(cancellationToken);
        if (MetricsPusher.Start(_metrics, host.Metrics, Address.NodeId, time, logger) is { } pusher)
        {
            Own(pusher);
        }

        TargetClaim claim = CreateClaim(options, cluster.Registry, time, logger);
        Task BecomeActiveAsync(CancellationToken stop) => ReplicateAsync(host, options, cluster, relay, claim, time, logger, stop);
        if (options.Standby)
        {
            _status = new StandbyStatusEndpoint(claim, Progress).HandleAsync;
            LogStandby(logger, Address.NodeId, Address.Address);
            _takingOver = TakeOverAsync(BecomeActiveAsync, logger);
            Completion = _takingOver;
        }
        else
        {
            await BecomeActiveAsync(cancellationToken);
            Completion = EndOfAnyStageAsync();
        }
    }

    /// <summary>Opens the target, for which a standby waits, and starts the stages.</summary>
    private async Task ReplicateAsync(HostOptions host, DrainerOptions options, ClusterAccess cluster, Relay relay, TargetClaim claim, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        IOpenSchemaHistory history = _history = Own(await SchemaHistories.OpenAsync(host, options, cluster.ClusterId, TiKvJobSource.Of(cluster.Upstream), time, logger, cancellationToken));
        var writer = new RelayWriter(relay, history, time, logger);
        var targets = new TargetFactory(options.Downstream, options.Checkpoint, cluster.ClusterId, claim);
        Applier applier = Own(new Applier(targets.Create, relay, history, ApplyLimits.Of(options), Progress, time, logger) { IsPatient = options.Standby, HoldsRefusedSchemaChanges = options.RefusedDdl == RefusedDdl.Hold });
        var position = new StartPosition(applier, relay, writer, history, cluster.Tso, options.InitialCommitTs)
        {
            Originals = options.Checkpoint.TakesOver ? new OriginalTakeover(applier, cluster.Registry, cluster.Tso, time, logger) : null,
        };

        ulong startTs = await position.DecideAsync(cancellationToken);
        if (RefetchWitness.TryOpen(relay.Directory, startTs, logger, cancellationToken) is { } witness)
        {
            writer.Witness = witness;
            _witness = witness;
        }

        var merger = new Merger(startTs, new MergeFence(() => _registration?.Term), logger);
        bool compress = options.Compressor == StreamCompressor.Gzip;
        DrainerMemory plan = DrainerMemory.Of(options.MemoryQuotaBytes, options.Apply.Workers);
        var memory = new SourceMemory(new SourceBudget(plan.Sources, plan.LargestInline), relay.Spool);
        IBinlogPuller Connect(NodeStatus pump) => new GrpcBinlogPuller(pump.Host, cluster.ClusterId, compress, memory, host.Security.Client);
        var collector = new Collector(cluster.Registry, merger, Connect, memory, time, logger)
        {
            Arrivals = new PumpArrivals(_metrics, time).Of,
            Announcing = pump => new GrpcAnnouncingPump(pump.Host, cluster.ClusterId, time, host.Security.Client),
        };
        DrainerMetrics.Register(_metrics, collector, merger, relay, Progress, time);
        var rate = new ApplyRateMeter(relay, Progress, time);
        HttpPumpOrder? orders = host.Security.Client is null ? Own(new HttpPumpOrder()) : null;
        var lag = new LagExplainer(collector, merger, relay, writer.Activity, Progress, rate, new TargetExplainer(Progress, targets.CreateWaits()), orders, time);
        _lag = new LagEndpoint(lag.ExplainAsync).HandleAsync;
        _collector = collector;
        _status = new DrainerStatusEndpoint(collector, relay, Progress, () => history.Failure, time).HandleAsync;
        _stages.Add(RelayAsync(merger, writer, plan.MergeBatch));
        await _registration!.GoOnlineAsync(HeartbeatInterval, cancellationToken);
        if (options.HoldsGarbage && cluster.Upstream is { } upstream)
        {
            Own(SafePointHold.Start(upstream.Pd, $"binlog-drainer-{Address.NodeId}", TimeSpan.FromHours(1), () => Math.Max(Progress.CommitTs, startTs), () => State is NodeState.Closing or NodeState.Offline, time, logger));
        }

        _settings = new SettingsEndpoint(Address.NodeId, applier.Tuning, logger);
        _state = CreateStateEndpoint(time);
        _stages.Add(collector.RunAsync(_stopping.Token));
        var mending = new RelayMending(relay, new RefetchCheck(cluster.Registry, Connect, Progress, time), Progress);
        _stages.Add(mending.RunAsync(applier.RunAsync, _stopping.Token));
        _stages.Add(new RelayRetention(relay, time).RunAsync(_stopping.Token));
        _stages.Add(rate.RunAsync(_stopping.Token));
    }

    private async Task RelayAsync(Merger merger, RelayWriter writer, int batchBytes)
    {
        var batch = new List<MergedBinlog>();
        while (true)
        {
            batch.Clear();
            await merger.ReadBatchAsync(batch, batchBytes, _stopping.Token);
            await writer.WriteAsync(batch, _stopping.Token);
        }
    }

    private async Task EndOfAnyStageAsync() => await await Task.WhenAny([_ended.Task, _registration!.GivenUp, .. _stages]);

    private Task NotReadyAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return context.Response.WriteAsync(_history?.Failure is { } failure ? $"This Drainer is starting: it {failure}\n" : "This Drainer is starting, or waits as a standby.\n");
    }

    private T Own<T>(T part)
        where T : IAsyncDisposable
    {
        _parts.Push(part);
        return part;
    }
}
