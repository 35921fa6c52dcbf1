using Binlog.Cluster.Registry;
using Binlog.RelayLog;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;
using Binlog.Service.Hosting.Http;
using Binlog.Service.Membership;
using Binlog.Service.Metrics;
using Binlog.Service.Pump.Debugging;
using Binlog.Service.Pump.Deciding;
using Binlog.Service.Pump.Measuring;
using Binlog.Service.Pump.Registration;
using Binlog.Service.Pump.Retention;
using Binlog.Service.Pump.Serving;
using Binlog.Service.Pump.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using PumpContract = Binlog.Cluster.Contracts.Pump;

namespace Binlog.Service.Pump;

/// <summary>A running Pump: store, server, registration and fake binlogs, started in that order and stopped in the reverse.</summary>
internal sealed class PumpNode : IAsyncDisposable
{
    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Stack<IAsyncDisposable> _parts = new();
    private Task _faking = Task.CompletedTask;
    private Task _storeFailure = new TaskCompletionSource().Task;
    private Task _deciding = new TaskCompletionSource().Task;
    private volatile bool _takesTransactions;

    private PumpNode()
    {
    }

    /// <summary>Completes, with an error, when the Pump can't go on by itself.</summary>
    public Task Completion => Task.WhenAny(_faking, _storeFailure, _deciding).Unwrap();

    /// <summary>Name and address under which the Pump is registered.</summary>
    public NodeAddress Address { get; private set; } = new("", "");

    /// <summary>Opens the store, listens, tells the Drainers and registers.</summary>
    /// <exception cref="ServiceException">The Pump can't start; the message says why.</exception>
    /// <exception cref="RelayLogException">The store is damaged or in use.</exception>
    public static async Task<PumpNode> StartAsync(HostOptions host, PumpOptions options, ClusterAccess cluster, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var node = new PumpNode();
        try
        {
            await node.StartPartsAsync(host, options, cluster, time, loggers, cancellationToken);
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _takesTransactions = false;
        await _stopping.CancelAsync();
        await _faking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (_parts.TryPop(out IAsyncDisposable? part))
        {
            await part.DisposeAsync();
        }

        _stopping.Dispose();
    }

    private async Task StartPartsAsync(HostOptions host, PumpOptions options, ClusterAccess cluster, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        string directory = Path.Combine(host.DataDir, "pump");
        ILogger logger = loggers.CreateLogger("Binlog.Pump");
        var metrics = new PumpMetrics();
        var logOptions = new SegmentedLogOptions
        {
            Directory = directory,
            Name = "pump store",
            ClusterId = cluster.ClusterId,
            SegmentSizeBytes = options.SegmentSizeBytes,
            MaxRecordBytes = options.MaxMessageBytes,
            Observer = new LogMeter(metrics),
        };
        PumpStore store = Own(await PumpStore.OpenAsync(logOptions, logger, cancellationToken));
        StoreMetrics.Register(metrics, store, directory, time);
        _storeFailure = store.Failure;
        var disk = new DiskSpaceGuard(directory, options.StopWriteAtAvailableSpaceBytes, time);
        PumpRetention retention = Own(PumpRetention.Start(new RetainedPumpStore(store), cluster.Registry, options, directory, disk, time, logger));
        metrics.Retention = () => retention.Status;

        // Nobody to ask: an embedded cluster doesn't know how transactions ended.
        TransactionDeciding deciding = Own(new TransactionDeciding(store, null, cluster.Tso, options.HeldOrderWarning, () => Address.Address, time, logger));
        _deciding = deciding.Completion;

        NodeRegistration? registration = null;
        PumpStatusEndpoint? status = null;
        var service = new PumpGrpcService(store, disk, () => _takesTransactions, cluster.ClusterId, logger, metrics, new WriteMeter(metrics, options.SlowWriteThreshold, time, logger), _stopping.Token);
        var serverOptions = new NodeServerOptions
        {
            Key = "pump.listen",
            Listen = options.Listen,
            MaxMessageBytes = options.MaxMessageBytes,
            Tls = host.Security.Server,
            Observer = new CallMeter(metrics),
            Services = [PumpContract.BindService(service), cluster.Service],
            Endpoints =
            [
                HttpEndpoint.Get("/status", context => status?.HandleAsync(context) ?? NotReadyAsync(context)), ProcessEndpoint.Endpoint,
                MetricsEndpoint.Of(metrics.Registry), BinlogDumpEndpoint.Of(store), .. deciding.Endpoints, .. retention.Endpoints,
            ],
        };
        NodeServer server = Own(await NodeServer.StartAsync(serverOptions, loggers, cancellationToken));

        Address = NodeAddress.Of(host.NodeId, options.Advertise, server.BoundAddress);
        registration = Own(new NodeRegistration(cluster.Registry, NodeRole.Pump, Address.NodeId, Address.Address, () => store.MaxCommitTs, time, logger));
        status = new PumpStatusEndpoint(cluster, registration, store);
        bool isNew = await registration.FindPreviousStateAsync(cancellationToken) == NodeState.Offline || store.IsEmpty;
        await registration.GoOnlineAsync(HeartbeatInterval, cancellationToken);
        if (isNew)
        {
            await NotifyAsync(registration, new DrainerNotifier(cluster.Registry, time, logger, host.Security.Client), cancellationToken);
        }

        if (MetricsPusher.Start(metrics.Registry, host.Metrics, Address.NodeId, time, logger) is { } pusher)
        {
            Own(pusher);
        }

        _takesTransactions = true;
        _faking = new FakeBinlogLoop(store, cluster.Tso, options.FakeBinlogInterval, time, logger).RunAsync(_stopping.Token);
    }

    /// <summary>A Pump that some Drainer does not know takes no binlogs, so there is nothing of it that others could wait for.</summary>
    private static async Task NotifyAsync(NodeRegistration registration, DrainerNotifier notifier, CancellationToken cancellationToken)
    {
        try
        {
            await notifier.NotifyAllAsync(cancellationToken);
        }
        catch
        {
            registration.Withdraw();
            throw;
        }
    }

    private static Task NotReadyAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return context.Response.WriteAsync("This Pump is starting.\n");
    }

    private T Own<T>(T part)
        where T : IAsyncDisposable
    {
        _parts.Push(part);
        return part;
    }
}
