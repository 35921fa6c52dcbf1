using Binlog.Cluster;
using Binlog.Cluster.Registry;
using Binlog.RelayLog;
using Binlog.Service.Configuration;
using Binlog.Service.Drainer;
using Binlog.Service.Drainer.Refetching;
using Binlog.Service.Membership;
using Binlog.Service.Pump;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Hosting;

/// <summary>Everything that one configuration asks for, running: the data directory's lock, the way to the cluster, a Pump, a Drainer.</summary>
internal sealed partial class BinlogHost : IAsyncDisposable
{
    private readonly DataDirectoryLock _lock;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private ClusterAccess? _cluster;
    private Func<CancellationToken, Task<DrainerNode>>? _startDrainer;

    private BinlogHost(DataDirectoryLock dataDirectoryLock, TimeProvider time, ILogger logger) => (_lock, _time, _logger) = (dataDirectoryLock, time, logger);

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
        var host = new BinlogHost(DataDirectoryLock.Acquire(options.DataDir), time, loggers.CreateLogger("Binlog.Host"));
        try
        {
            NodeIdFile ids = NodeIdFile.Open(options.DataDir, options.NodeId);
            host._cluster = await ClusterAccess.OpenAsync(options, time, cancellationToken);
            if (options.Pump is { } pump)
            {
                host.Pump = await PumpNode.StartAsync(options, pump, host._cluster, ids, time, loggers, cancellationToken);
            }

            if (options.Drainer is { } drainer)
            {
                host._startDrainer = token => DrainerNode.StartAsync(options, drainer, host._cluster, ids, time, loggers, token);
                host.Drainer = await host._startDrainer(cancellationToken);
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

    /// <summary>
    /// Completes when the token is cancelled, or when every role has ended as an operator asked; a role that ended is shut down
    /// while the other goes on. Throws when a node can't go on.
    /// </summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Task stopped = Task.Delay(Timeout.Infinite, cancellationToken);
        List<RunningRole> roles =
        [
            .. Pump is null ? [] : new[] { new RunningRole(nameof(Pump), Pump.Address.NodeId, Pump.Completion, Pump, () => Pump.State) },
            .. Drainer is null ? [] : new[] { RoleOf(Drainer) },
        ];
        while (roles.Count > 0)
        {
            Task first = await Task.WhenAny([stopped, .. roles.Select(role => role.Completion)]);
            if (first == stopped)
            {
                return;
            }

            RunningRole ended = roles.First(role => role.Completion == first);
            if (first.Exception?.InnerException is RelayDamagedException damage)
            {
                roles.Remove(ended);
                try
                {
                    roles.Add(RoleOf(await RestartDrainerAsync(damage, cancellationToken)));
                }
                catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
                {
                    return;
                }

                continue;
            }

            await ended.ThrowIfFailedAsync();
            roles.Remove(ended);
            await ended.Node.DisposeAsync();
            LogRoleEnded(ended.Role, ended.NodeId, ended.State().ToName());
        }

        LogAllEnded();
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

    private static RunningRole RoleOf(DrainerNode drainer) => new(nameof(Drainer), drainer.Address.NodeId, drainer.Completion, drainer, () => drainer.State);

    /// <summary>
    /// Begins anew at the target's checkpoint with an empty relay log. A crash in between leaves the log in the one place or the other, and the next
    /// start does the rest: it comes to the damage again, or finds no relay log and pulls after the target's checkpoint.
    /// </summary>
    private async Task<DrainerNode> RestartDrainerAsync(RelayDamagedException damage, CancellationToken cancellationToken)
    {
        await Drainer!.DisposeAsync();
        RelayAside aside = RelayAside.Move(damage.RelayDirectory, damage.UpTo, _time.GetUtcNow());
        LogRelayDamaged(damage.After, damage.UpTo, aside.Directory, damage.Message);
        return Drainer = await _startDrainer!(cancellationToken);
    }

    [LoggerMessage(EventIds.DrainerRelayDamaged, LogLevel.Error, "The relay log is damaged between commit TS {After}, which the target is at, and {UpTo}. Every Pump still has what comes after, so the Drainer begins anew there; the damaged log is kept in {Directory}. {Reason}")]
    private partial void LogRelayDamaged(ulong after, ulong upTo, string directory, string reason);

    [LoggerMessage(EventIds.NodeRoleEnded, LogLevel.Information, "{Role} {NodeId} has ended as asked and is {State} now.")]
    private partial void LogRoleEnded(string role, string nodeId, string state);

    [LoggerMessage(EventIds.NodeAllRolesEnded, LogLevel.Information, "Every role of this host has ended as asked; the process ends with exit code 0. Start it again to bring them back.")]
    private partial void LogAllEnded();

    private sealed record RunningRole(string Role, string NodeId, Task Completion, IAsyncDisposable Node, Func<NodeState> State)
    {
        public async Task ThrowIfFailedAsync()
        {
            try
            {
                await Completion;
            }
            catch (RelayLogException exception)
            {
                throw new ServiceException(exception.Message, exception);
            }
        }
    }
}
