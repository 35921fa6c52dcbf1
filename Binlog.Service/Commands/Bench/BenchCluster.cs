using Binlog.Cluster.Pumps;
using Binlog.Service.Configuration;

namespace Binlog.Service.Commands.Bench;

/// <summary>Several Pumps, one of which is written to, and the benchmark's table on it.</summary>
internal sealed class BenchCluster : IAsyncDisposable
{
    private readonly PumpClient _client;

    private BenchCluster(PumpClient client) => _client = client;

    /// <summary>Addresses of the Pumps, the first of which keeps the cluster's registry.</summary>
    public required IReadOnlyList<HostPort> Pumps { get; init; }

    /// <summary>Writes to the last Pump.</summary>
    public required WriteLoad Load { get; init; }

    /// <summary>The table.</summary>
    public required BenchSchema Schema { get; init; }

    /// <summary>Starts the Pumps and writes the table's DDL.</summary>
    /// <exception cref="Hosting.ServiceException">A Pump doesn't start, or takes no binlog.</exception>
    public static async Task<BenchCluster> StartAsync(BenchSystem system, int pumps, TimeProvider time, CancellationToken cancellationToken)
    {
        ChildNode first = await system.StartPumpAsync(cancellationToken);
        List<HostPort> addresses = [first.Address];
        for (int number = 2; number <= pumps; number++)
        {
            addresses.Add((await system.StartJoiningPumpAsync(first.Address, number, cancellationToken)).Address);
        }

        LocalTimestamps timestamps = await LocalTimestamps.AboveClusterAsync(first.Address, BenchSystem.ClusterId, time, cancellationToken);
        PumpClient client = await WriteLoad.OpenClientAsync(BenchSystem.ClusterId, [addresses[^1]], time, cancellationToken);
        try
        {
            var load = new WriteLoad(client, timestamps, time);
            return new BenchCluster(client) { Pumps = addresses, Load = load, Schema = await BenchSchema.WriteAsync(load, system.DirectoryPath, cancellationToken) };
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    /// <summary>Closes the writer's connection.</summary>
    public ValueTask DisposeAsync() => _client.DisposeAsync();
}
