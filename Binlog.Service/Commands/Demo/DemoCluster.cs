using Binlog.Cluster.Pumps;
using Binlog.Cluster.Registry;
using Binlog.Service.Configuration;
using Binlog.Service.Drainer;
using Binlog.Service.Hosting;
using Binlog.Service.Membership;
using Binlog.Service.Recordings;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Commands.Demo;

/// <summary>Several Pumps and a Drainer on loopback in this process, each a host of its own that joins the first.</summary>
internal sealed class DemoCluster : IAsyncDisposable
{
    private static readonly TimeSpan RegistryInterval = TimeSpan.FromSeconds(1);

    private readonly List<BinlogHost> _hosts = [];
    private readonly int? _port;

    private DemoCluster(int? port) => _port = port;

    /// <summary>Where a writer finds the Pumps: in the first host's registry.</summary>
    public PumpSource Pumps => PumpSource.Registry(new PolledNodeWatch(_hosts[0].Cluster.Registry, RegistryInterval, TimeProvider.System));

    /// <summary>The Drainer.</summary>
    public DrainerNode Drainer => _hosts[^1].Drainer!;

    /// <summary>Starts everything.</summary>
    /// <exception cref="ServiceException">Something can't start; the message says why.</exception>
    public static async Task<DemoCluster> StartAsync(Recording recording, DownstreamOptions downstream, DemoVerbOptions options, string directory, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var cluster = new DemoCluster(options.Port);
        try
        {
            for (int number = 1; number <= options.Pumps; number++)
            {
                await cluster.AddAsync(
                    new HostOptions
                    {
                        DataDir = Path.Combine(directory, $"pump{number}"),
                        NodeId = $"pump-{number}",
                        Cluster = cluster.ClusterOptions(recording),
                        Pump = new PumpOptions { Listen = cluster.Listen(number), StopWriteAtAvailableSpaceBytes = 0, Retention = new RetentionOptions { WarnAtAvailableSpaceBytes = 0 } },
                    },
                    loggers,
                    cancellationToken);
            }

            await cluster.AddAsync(
                new HostOptions
                {
                    DataDir = Path.Combine(directory, "drainer"),
                    NodeId = "drainer-1",
                    Cluster = cluster.ClusterOptions(recording),
                    Drainer = new DrainerOptions
                    {
                        Listen = cluster.Listen(0),
                        InitialCommitTs = 0,
                        RefusedDdl = RefusedDdl.Stop,
                        SchemaHistory = new SchemaHistoryOptions { Path = recording.SchemaHistoryFile },
                        Downstream = downstream,
                    },
                },
                loggers,
                cancellationToken);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Role, name and address of every node, in the order of their starts.</summary>
    public IEnumerable<(NodeRole Role, NodeAddress Node)> Nodes => _hosts.Select(host => host.Pump is { } pump ? (NodeRole.Pump, pump.Address) : (NodeRole.Drainer, host.Drainer!.Address));

    /// <summary>Completes when the token is cancelled, or when every node has ended as it was asked to; throws when one can't go on.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        List<Task> running = [.. _hosts.Select(host => host.RunAsync(cancellationToken))];
        while (running.Count > 0)
        {
            Task ended = await Task.WhenAny(running);
            await ended;
            running.Remove(ended);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        for (int index = _hosts.Count - 1; index >= 0; index--)
        {
            await _hosts[index].DisposeAsync();
        }
    }

    private async Task AddAsync(HostOptions options, ILoggerFactory loggers, CancellationToken cancellationToken) =>
        _hosts.Add(await BinlogHost.StartAsync(options, TimeProvider.System, loggers, cancellationToken));

    private HostPort Listen(int number) => new("127.0.0.1", _port is { } first ? first + number : 0);

    private ClusterOptions ClusterOptions(Recording recording) => new()
    {
        Id = recording.ClusterId,
        Join = _hosts.Count > 0 && HostPort.TryParse(_hosts[0].Pump!.Address.Address, out HostPort first, out _) ? first : null,
    };
}
