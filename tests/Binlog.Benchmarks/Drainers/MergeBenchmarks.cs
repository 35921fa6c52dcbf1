using BenchmarkDotNet.Attributes;
using Binlog.RelayLog;
using Binlog.Service.Drainer.Collecting;
using Binlog.Service.Drainer.Memory;
using Binlog.Service.Drainer.Merging;
using Binlog.Service.Drainer.Spooling;
using Binlog.Service.Membership;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Benchmarks.Drainers;

/// <summary>The merge alone: what the Pumps have sent is in their queues already, a lease is held as a Drainer holds it. One operation is one binlog.</summary>
[MemoryDiagnoser]
public class MergeBenchmarks
{
    /// <summary>As many as fit into the parts of memory that three sources get.</summary>
    private const int Binlogs = 60_000;
    private const int BatchBytes = 1 << 20;

    private readonly List<PumpSource> _made = [];
    private readonly List<MergedBinlog> _batch = [];
    private Merger _merger = null!;

    /// <summary>Pumps that take turns, or (at random) come in any order.</summary>
    [Params(false, true)]
    public bool Random { get; set; }

    [Params(3, 50)]
    public int Pumps { get; set; }

    private static ulong LastTs => Binlogs + 1;

    [IterationSetup]
    public void Fill()
    {
        var random = new Random(1);
        List<PulledBinlog>[] streams = [.. Enumerable.Range(0, Pumps).Select(_ => new List<PulledBinlog>())];
        byte[] payload = new byte[200];
        for (ulong ts = 1; ts <= Binlogs; ts++)
        {
            streams[Random ? random.Next(Pumps) : (int)(ts % (ulong)Pumps)].Add(new PulledBinlog(ts, ts - 1, IsFake: false, payload));
        }

        var lease = new HeldLease(TimeProvider.System);
        lease.Note(lease.Now, isHeard: true);
        var fence = new MergeFence(() => lease.Term);
        fence.EndLook(fence.BeginLook());
        _merger = new Merger(0, fence, NullLogger.Instance);
        _made.Clear();
        var memory = new SourceMemory(
            new SourceBudget(1L << 40, 1 << 20),
            SpoolFolder.Open(new SegmentedLogOptions { Directory = "." }.FileSystem, Path.Combine(Path.GetTempPath(), "binlog-spool-that-is-not-used"), TimeProvider.System, NullLogger.Instance));
        _made.AddRange(streams.Select((stream, index) => new PumpSource($"pump-{index}", $"pump-{index}:8250", new FilledPump(stream, LastTs), 0, memory, TimeProvider.System, NullLogger.Instance)));
        _merger.Propose((_, _) => _made).GetAwaiter().GetResult();
        SpinWait.SpinUntil(() => _made.TrueForAll(source => source.LastTs == LastTs));
        lease.Note(lease.Now, isHeard: true);
    }

    [IterationCleanup]
    public void Empty()
    {
        foreach (PumpSource source in _made)
        {
            source.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    [Benchmark(OperationsPerInvoke = Binlogs)]
    public async Task Merge()
    {
        while (_merger.LastTs < LastTs)
        {
            _batch.Clear();
            await _merger.ReadBatchAsync(_batch, BatchBytes, CancellationToken.None);
        }
    }

    /// <summary>Sends everything at once, then a point in time behind it.</summary>
    private sealed class FilledPump(List<PulledBinlog> binlogs, ulong lastTs) : IBinlogPuller
    {
        public async IAsyncEnumerable<PulledBinlog> PullAsync(ulong afterCommitTs, Action connected, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            connected();
            foreach (PulledBinlog binlog in binlogs)
            {
                yield return binlog;
            }

            yield return new PulledBinlog(lastTs, lastTs, IsFake: true, default);
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
    }
}
