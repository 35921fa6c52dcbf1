using BenchmarkDotNet.Attributes;
using Binlog.Benchmarks.Pumps;
using Binlog.Service.Commands.Bench;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;
using Binlog.TestKit.MariaDb;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Benchmarks.Drainers;

/// <summary>
/// End to end: what a Pump holds, pulled, merged, made durable in the relay log and applied to a real MariaDB that flushes at
/// every commit. One operation is one one-row transaction (50 % insert, 40 % update, 10 % delete); the Drainer's start is counted.
/// </summary>
[InvocationCount(1)]
public class ApplyToMariaDbBenchmarks
{
    private const int Transactions = 20_000;
    private const int Writers = 64;

    private readonly string _directory = Directory.CreateTempSubdirectory("apply-bench-").FullName;
    private MariaDbServer _server = null!;
    private LoopbackPump _pump = null!;
    private ApplyInput _input = null!;
    private MySqlBenchTarget _target = null!;
    private int _runs;

    // Synchronous, because the in-process toolchain doesn't wait for tasks here.
    [GlobalSetup]
    public void Setup() => SetupAsync().GetAwaiter().GetResult();

    [GlobalCleanup]
    public void Cleanup() => CleanupAsync().GetAwaiter().GetResult();

    [IterationSetup]
    public void EmptyTarget() => _target = MySqlBenchTarget.OpenAsync(Target(), TextWriter.Null, CancellationToken.None).GetAwaiter().GetResult();

    [IterationCleanup]
    public void DropTarget() => DropTargetAsync().GetAwaiter().GetResult();

    [Benchmark(OperationsPerInvoke = Transactions)]
    public async Task ApplyAsync()
    {
        var options = new HostOptions
        {
            Cluster = new ClusterOptions { Id = BenchSystem.ClusterId, Join = _pump.Address },
            DataDir = Path.Combine(_directory, $"drainer{_runs++}"),
            Drainer = new DrainerOptions
            {
                Listen = new HostPort("127.0.0.1", 0),
                InitialCommitTs = 0,
                SchemaHistory = new SchemaHistoryOptions { Path = _input.HistoryFile },
                Downstream = _target.Options,
            },
        };
        await using BinlogHost host = await BinlogHost.StartAsync(options, TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
        Task applied = host.Drainer!.Progress.WaitForAsync(_input.LastCommitTs, CancellationToken.None);
        await await Task.WhenAny(applied, host.Drainer.Completion);
    }

    private DownstreamOptions Target() => new()
    {
        Type = DownstreamType.MySql,
        Host = _server.Host,
        Port = _server.Port,
        User = "root",
        Password = new Secret(_server.RootPassword),
    };

    private async Task SetupAsync()
    {
        _server = await MariaDbServer.StartAsync(new MariaDbOptions { Arguments = ["--innodb-flush-log-at-trx-commit=1", "--innodb-buffer-pool-size=1G"] });
        _pump = await LoopbackPump.StartAsync();
        _input = await ApplyInput.WriteAsync(_pump.Address, Transactions, rows: 1, Writers, _directory, CancellationToken.None);
    }

    private async Task DropTargetAsync()
    {
        long rows = await _target.CountRowsAsync(CancellationToken.None);
        await _target.DisposeAsync();
        if (rows != _input.Rows)
        {
            throw new InvalidOperationException($"The target had {rows} rows where {_input.Rows} were expected.");
        }
    }

    private async Task CleanupAsync()
    {
        await _pump.DisposeAsync();
        await _server.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
