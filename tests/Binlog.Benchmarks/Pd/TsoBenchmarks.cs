using BenchmarkDotNet.Attributes;
using Binlog.Cluster.Pd;
using Binlog.ClusterKit.Pd;

namespace Binlog.Benchmarks.Pd;

/// <summary>
/// Timestamps of PD's double on loopback, in this process: time and allocation per timestamp, both sides together. Each caller waits for its
/// timestamp before it asks again; those that wait share requests.
/// </summary>
[MemoryDiagnoser]
public class TsoBenchmarks
{
    private const int CallsPerInvoke = 6400;

    private PdDouble? _pd;
    private PdClient? _client;

    /// <summary>Callers at a time.</summary>
    [Params(1, 8, 64)]
    public int Callers { get; set; }

    [GlobalSetup]
    public async Task StartAsync()
    {
        _pd = await PdDouble.StartAsync();
        _client = Connect(_pd);
    }

    [GlobalCleanup]
    public async Task StopAsync()
    {
        await _client!.DisposeAsync();
        await _pd!.DisposeAsync();
    }

    [Benchmark(OperationsPerInvoke = CallsPerInvoke)]
    public Task Next() => Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => CallAsync(CallsPerInvoke / Callers)));

    private static PdClient Connect(PdDouble pd) => new(new PdClientOptions { Endpoints = pd.Endpoints });

    private async Task CallAsync(int calls)
    {
        for (int i = 0; i < calls; i++)
        {
            await _client!.Tso.NextAsync(1, CancellationToken.None);
        }
    }
}
