using BenchmarkDotNet.Attributes;
using Binlog.RelayLog;

namespace Binlog.Benchmarks.RelayLog;

/// <summary>Durable appends, each acknowledged after its flush. One operation is one record, so that records/s is the inverse of the mean.</summary>
[MemoryDiagnoser]
[SimpleJob(warmupCount: 2, iterationCount: 8)]
public class RelayLogAppendBenchmarks
{
    private const int RecordsPerWriter = 256;
    private string _directory = "";
    private SegmentedLog _log = null!;
    private byte[] _payload = [];

    [Params(300, 4096)]
    public int PayloadBytes { get; set; }

    [GlobalSetup]
    public async Task OpenAsync()
    {
        _directory = Directory.CreateTempSubdirectory("relaylog-bench-").FullName;
        _log = await SegmentedLog.OpenAsync(new SegmentedLogOptions { Directory = _directory }, CancellationToken.None);
        _payload = new byte[PayloadBytes];
    }

    [GlobalCleanup]
    public async Task CloseAsync()
    {
        await _log.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [IterationCleanup]
    public void Trim() => _log.ApplyRetentionAsync(new RetentionPolicy { MaxBytes = 0 }, CancellationToken.None).GetAwaiter().GetResult();

    [Benchmark(OperationsPerInvoke = RecordsPerWriter)]
    public Task OneWriterAsync() => WriteAsync();

    [Benchmark(OperationsPerInvoke = 64 * RecordsPerWriter)]
    public Task SixtyFourWritersAsync() => Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(WriteAsync)));

    private async Task WriteAsync()
    {
        for (int i = 0; i < RecordsPerWriter; i++)
        {
            await _log.AppendAsync(default, _payload, CancellationToken.None);
        }
    }
}
