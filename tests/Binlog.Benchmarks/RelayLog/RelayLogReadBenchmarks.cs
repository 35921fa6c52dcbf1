using BenchmarkDotNet.Attributes;
using Binlog.RelayLog;

namespace Binlog.Benchmarks.RelayLog;

/// <summary>Sequential and positioned reads with all checksums verified, out of the page cache. One operation is one record.</summary>
[MemoryDiagnoser]
[SimpleJob(warmupCount: 2, iterationCount: 8)]
public class RelayLogReadBenchmarks
{
    private const int Records = 50_000;
    private readonly LogPosition[] _positions = new LogPosition[Records];
    private string _directory = "";
    private SegmentedLog _log = null!;

    [Params(300, 4096)]
    public int PayloadBytes { get; set; }

    [GlobalSetup]
    public async Task FillAsync()
    {
        _directory = Directory.CreateTempSubdirectory("relaylog-bench-").FullName;
        _log = await SegmentedLog.OpenAsync(new SegmentedLogOptions { Directory = _directory }, CancellationToken.None);
        var payload = new byte[PayloadBytes];
        PendingRecord[] batch = [.. Enumerable.Repeat(new PendingRecord(default, payload), 1000)];
        for (int i = 0; i < Records; i += batch.Length)
        {
            await _log.AppendBatchAsync(batch, _positions.AsMemory(i, batch.Length), CancellationToken.None);
        }
    }

    [GlobalCleanup]
    public async Task CloseAsync()
    {
        await _log.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Benchmark(OperationsPerInvoke = Records)]
    public long Sequential()
    {
        long bytes = 0;
        using LogReader reader = _log.OpenReader(default);
        while (reader.TryRead(out LogRecord record))
        {
            bytes += record.Payload.Length;
        }

        return bytes;
    }

    [Benchmark(OperationsPerInvoke = Records)]
    public long Positioned()
    {
        long bytes = 0;
        foreach (LogPosition position in _positions)
        {
            if (_log.ReadAt(position, out RecordBuffer? record))
            {
                bytes += record.Payload.Length;
                record.Dispose();
            }
        }

        return bytes;
    }
}
