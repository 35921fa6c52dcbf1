using BenchmarkDotNet.Attributes;
using Binlog.Service.Commands.Bench;

namespace Binlog.Benchmarks.Pumps;

/// <summary>
/// Transactions written over gRPC, prewrite and commit each acknowledged after its flush. One operation is one transaction, so
/// that transactions/s is the inverse of the mean; allocation is that of Pump and client together.
/// </summary>
[MemoryDiagnoser]
public class PumpWriteBenchmarks
{
    private const int Transactions = 2048;

    private LoopbackPump _pump = null!;
    private SizedTransactionSource[] _sources = [];

    /// <summary>Writers that each wait for their acknowledgement before they go on.</summary>
    [Params(1, 8, 64)]
    public int Writers { get; set; }

    /// <summary>Size of a transaction's two binlogs together.</summary>
    [Params(300, 1024)]
    public int Bytes { get; set; }

    // Synchronous, because the in-process toolchain doesn't wait for tasks here.
    [GlobalSetup]
    public void Start()
    {
        _pump = LoopbackPump.StartAsync().GetAwaiter().GetResult();
        _sources = [.. Enumerable.Range(1, Writers).Select(writer => new SizedTransactionSource(Bytes, writer))];
    }

    [GlobalCleanup]
    public void Stop() => _pump.DisposeAsync().AsTask().GetAwaiter().GetResult();

    [Benchmark(OperationsPerInvoke = Transactions)]
    public Task WriteAsync() => _pump.Load.RunAsync(_sources, Transactions, CancellationToken.None);
}
