using Binlog.Cluster;
using Binlog.RelayLog;
using Binlog.Service.Configuration;
using Binlog.Service.Drainer;
using Binlog.Service.Membership;
using Binlog.Service.Pump;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Hosting;

/// <summary>Everything that one configuration asks for, running: the data directory's lock, the way to the cluster, a Pump, a Drainer.</summary>
internal sealed class BinlogHost : IAsyncDisposable
{
    private readonly DataDirectoryLock _lock;
    private ClusterAccess? _cluster;

    private BinlogHost(DataDirectoryLock dataDirectoryLock) => _lock = dataDirectoryLock;

    /// <summary>The Pump; null when the configuration has none.</summary>
    public PumpNode? Pump { get; private set; }

    /// <summary>The Drainer; null when the configuration has none.</summary>
    public DrainerNode? Drainer { get; private set; }

    /// <summary>The registry and TSO.</summary>
    public ClusterAccess Cluster => _cluster!;

    /// <summary>Starts what the configuration asks for.</summary>
    /// <exception cref="ServiceException">It can't start; the message says why.</exception>
    public static async Task<BinlogHost> StartAsync(HostOptions options, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var host = new BinlogHost(DataDirectoryLock.Acquire(options.DataDir));
        try
        {
            host._cluster = ClusterAccess.Open(options.Cluster, options.DataDir, time, options.Security.Client);
            if (options.Pump is { } pump)
            {
                host.Pump = await PumpNode.StartAsync(options, pump, host._cluster, time, loggers, cancellationToken);
            }

            if (options.Drainer is { } drainer)
            {
                host.Drainer = await DrainerNode.StartAsync(options, drainer, host._cluster, time, loggers, cancellationToken);
            }

            return host;
        }
        catch (Exception exception)
        {
            await host.DisposeAsync();
            if (exception is ClusterException or RelayLogException)
            {
                throw new StartFailedException(exception.Message, exception);
            }

            throw;
        }
    }

    /// <summary>Completes when the token is cancelled; throws when a node can't go on.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Task stopped = Task.Delay(Timeout.Infinite, cancellationToken);
        Task[] tasks = [stopped, .. Pump is null ? [] : new[] { Pump.Completion }, .. Drainer is null ? [] : new[] { Drainer.Completion }];
        Task first = await Task.WhenAny(tasks);
        if (first != stopped)
        {
            try
            {
                await first;
            }
            catch (RelayLogException exception)
            {
                throw new ServiceException(exception.Message, exception);
            }
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (Drainer is not null)
        {
            await Drainer.DisposeAsync();
        }

        if (Pump is not null)
        {
            await Pump.DisposeAsync();
        }

        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        _lock.Dispose();
    }
}
