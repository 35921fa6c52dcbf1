using Binlog.Cluster.Pumps;
using Binlog.Cluster.Registry;
using Binlog.Service.Configuration;
using Binlog.Service.Drainer;
using Binlog.Service.Hosting;
using Binlog.Service.Recordings;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Commands.Demo;

/// <summary>Several Pumps and a Drainer on loopback in this process, each a host of its own that joins the first.</summary>
internal sealed class DemoCluster : IAsyncDisposable
{
    private static readonly HostPort AnyPort = new("127.0.0.1", 0);
    private static readonly TimeSpan RegistryInterval = TimeSpan.FromSeconds(1);

    private readonly List<BinlogHost> _hosts = [];

    private DemoCluster()
    {
    }

    /// <summary>Where a writer finds the Pumps: in the first host's registry.</summary>
    public PumpSource Pumps => PumpSource.Registry(new PolledNodeWatch(_hosts[0].Cluster.Registry, RegistryInterval, TimeProvider.System));

    /// <summary>The Drainer.</summary>
    public DrainerNode Drainer => _hosts[^1].Drainer!;

    /// <summary>Starts everything.</summary>
    /// <exception cref="ServiceException">Something can't start; the message says why.</exception>
    public static async Task<DemoCluster> StartAsync(Recording recording, DownstreamOptions downstream, int pumps, string directory, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var cluster = new DemoCluster();
        try
        {
            for (int number = 1; number <= pumps; number++)
            {
                await cluster.AddAsync(
                    new HostOptions
                    {
                        DataDir = Path.Combine(directory, $"pump{number}"),
                        NodeId = $"pump-{number}",
                        Cluster = cluster.ClusterOptions(recording),
                        Pump = new PumpOptions { Listen = AnyPort, StopWriteAtAvailableSpaceBytes = 0, Retention = new RetentionOptions { WarnAtAvailableSpaceBytes = 0 } },
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
                        Listen = AnyPort,
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

    /// <summary>Completes when the token is cancelled; throws when a node can't go on.</summary>
    public async Task RunAsync(CancellationToken cancellationToken) =>
        await await Task.WhenAny(_hosts.Select(host => host.RunAsync(cancellationToken)));

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

    private ClusterOptions ClusterOptions(Recording recording) => new()
    {
        Id = recording.ClusterId,
        Join = _hosts.Count > 0 && HostPort.TryParse(_hosts[0].Pump!.Address.Address, out HostPort first, out _) ? first : null,
    };
}
