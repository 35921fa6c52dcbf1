using Binlog.Service.Pump.Retention;
using Binlog.Service.Pump.Storage;
using Binlog.TiDB;

namespace Binlog.Service.Tests.Pump.Retention;

/// <summary>A store of segments, each with its greatest commit TS and its size; the last one never goes. Thread-safe.</summary>
internal sealed class FakeRetainedStore : IRetainedStore
{
    private readonly Lock _lock = new();
    private readonly List<(ulong MaxCommitTs, long Bytes)> _segments = [];
    private ulong _oldest;

    public ulong MaxCommitTs => Read(() => _segments.Count == 0 ? 0 : _segments[^1].MaxCommitTs);

    public ulong OldestCommitTs => Read(() => _oldest);

    public long Bytes => Read(() => _segments.Sum(segment => segment.Bytes));

    public HeldOrder? Held { get; set; }

    /// <summary>Every removal that was asked for.</summary>
    public List<ulong> Removals { get; } = [];

    /// <summary>Thrown by the next removals, one each.</summary>
    public Queue<Exception> Failures { get; } = new();

    /// <summary>What a removal waits for.</summary>
    public Task Hold { get; set; } = Task.CompletedTask;

    /// <summary>A segment for each day from one that many days before a time, and one of that time.</summary>
    public static FakeRetainedStore Daily(DateTimeOffset last, int days, long bytesEach)
    {
        var store = new FakeRetainedStore();
        for (int day = days; day >= 0; day--)
        {
            store.Add(Tso.FromDateTimeOffset(last.AddDays(-day)).Value, bytesEach);
        }

        return store;
    }

    public void Add(ulong maxCommitTs, long bytes)
    {
        lock (_lock)
        {
            _segments.Add((maxCommitTs, bytes));
        }
    }

    public ulong? FindCommitTsForBytes(long keepBytes) => Read<ulong?>(() =>
    {
        long left = _segments.Sum(segment => segment.Bytes);
        ulong? found = null;
        foreach ((ulong maxCommitTs, long bytes) in _segments.SkipLast(1).TakeWhile(_ => left > keepBytes))
        {
            left -= bytes;
            found = maxCommitTs;
        }

        return found;
    });

    public async Task<RemovedBinlogs> RemoveUpToAsync(ulong commitTs, CancellationToken cancellationToken)
    {
        await Hold.WaitAsync(cancellationToken);
        lock (_lock)
        {
            Removals.Add(commitTs);
            if (Failures.TryDequeue(out Exception? failure))
            {
                throw failure;
            }

            int count = _segments.SkipLast(1).TakeWhile(segment => segment.MaxCommitTs <= commitTs).Count();
            long bytes = _segments.Take(count).Sum(segment => segment.Bytes);
            _oldest = count > 0 ? _segments[count - 1].MaxCommitTs : _oldest;
            _segments.RemoveRange(0, count);
            return new RemovedBinlogs(count, bytes, _oldest);
        }
    }

    private T Read<T>(Func<T> read)
    {
        lock (_lock)
        {
            return read();
        }
    }
}
