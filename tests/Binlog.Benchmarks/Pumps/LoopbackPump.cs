using Binlog.Cluster.Pumps;
using Binlog.Service.Commands.Bench;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Benchmarks.Pumps;

/// <summary>A whole Pump in this process, with a client on loopback. <c>binlogd bench</c> has it in a process of its own.</summary>
internal sealed class LoopbackPump : IAsyncDisposable
{
    private readonly string _directory;
    private readonly BinlogHost _host;
    private readonly PumpClient _client;

    private LoopbackPump(string directory, BinlogHost host, HostPort address, PumpClient client, LocalTimestamps timestamps)
    {
        _directory = directory;
        _host = host;
        Address = address;
        _client = client;
        Load = new WriteLoad(_client, timestamps, TimeProvider.System);
    }

    public HostPort Address { get; }

    /// <summary>Writes to it.</summary>
    public WriteLoad Load { get; }

    public static async Task<LoopbackPump> StartAsync()
    {
        string directory = Directory.CreateTempSubdirectory("pump-bench-").FullName;
        var options = new HostOptions
        {
            Cluster = new ClusterOptions { Id = BenchSystem.ClusterId },
            DataDir = directory,
            Pump = new PumpOptions { Listen = new HostPort("127.0.0.1", 0) },
        };
        BinlogHost host = await BinlogHost.StartAsync(options, TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
        HostPort address = HostPort.TryParse(host.Pump!.Address.Address, out HostPort read, out string? problem) ? read : throw new InvalidOperationException(problem);
        LocalTimestamps timestamps = await LocalTimestamps.AboveClusterAsync(address, BenchSystem.ClusterId, TimeProvider.System, CancellationToken.None);
        PumpClient client = await WriteLoad.OpenClientAsync(BenchSystem.ClusterId, [address], TimeProvider.System, CancellationToken.None);
        return new LoopbackPump(directory, host, address, client, timestamps);
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _host.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
