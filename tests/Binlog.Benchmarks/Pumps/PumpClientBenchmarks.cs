using BenchmarkDotNet.Attributes;

namespace Binlog.Benchmarks.Pumps;

/// <summary>
/// A transaction written by the Pump Client, and by raw calls: time and allocation of both sides. On a machine that does something else compare by
/// <see cref="PumpClientComparison"/>.
/// </summary>
[MemoryDiagnoser]
public class PumpClientBenchmarks
{
    private const int Transactions = 3200;
    private const int Bytes = 300;

    private AcceptingPump _pump = null!;
    private TransactionWriters _writers = null!;

    [Params(1, 64)]
    public int Writers { get; set; }

    // Synchronous, because the in-process toolchain doesn't wait for tasks here.
    [GlobalSetup]
    public void Start()
    {
        _pump = AcceptingPump.StartAsync().GetAwaiter().GetResult();
        _writers = TransactionWriters.OpenAsync(_pump.Address, Writers, Bytes).GetAwaiter().GetResult();
    }

    [GlobalCleanup]
    public void Stop()
    {
        _writers.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _pump.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Transactions)]
    public Task Raw() => _writers.WriteRawAsync(Transactions, hasDeadline: false);

    [Benchmark(OperationsPerInvoke = Transactions)]
    public Task RawWithDeadline() => _writers.WriteRawAsync(Transactions, hasDeadline: true);

    [Benchmark(OperationsPerInvoke = Transactions)]
    public Task Client() => _writers.WriteByClientAsync(Transactions);
}
