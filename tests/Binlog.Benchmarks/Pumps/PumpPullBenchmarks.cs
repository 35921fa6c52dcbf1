using BenchmarkDotNet.Attributes;
using Binlog.Service.Commands.Bench;

namespace Binlog.Benchmarks.Pumps;

/// <summary>
/// All transactions of a Pump pulled over gRPC, as a Drainer does. One operation is one transaction; allocation is that of Pump
/// and client together.
/// </summary>
[MemoryDiagnoser]
public class PumpPullBenchmarks
{
    private const int Transactions = 50_000;
    private const int Writers = 64;

    private LoopbackPump _pump = null!;

    /// <summary>Size of a transaction's two binlogs together.</summary>
    [Params(300, 1024)]
    public int Bytes { get; set; }

    // Synchronous, because the in-process toolchain doesn't wait for tasks here.
    [GlobalSetup]
    public void Fill() => FillAsync().GetAwaiter().GetResult();

    [GlobalCleanup]
    public void Stop() => _pump.DisposeAsync().AsTask().GetAwaiter().GetResult();

    [Benchmark(OperationsPerInvoke = Transactions)]
    public async Task<long> PullAsync()
    {
        PulledAmount pulled = await PulledAmount.PullAsync(_pump.Address, BenchSystem.ClusterId, _pump.Load.LastCommitTs, CancellationToken.None);
        return pulled.Transactions;
    }

    private async Task FillAsync()
    {
        _pump = await LoopbackPump.StartAsync();
        await _pump.Load.RunAsync([.. Enumerable.Range(1, Writers).Select(writer => new SizedTransactionSource(Bytes, writer))], Transactions, CancellationToken.None);
    }
}
