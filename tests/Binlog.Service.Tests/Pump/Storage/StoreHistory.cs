using Binlog.Service.Pump.Storage;

namespace Binlog.Service.Tests.Pump.Storage;

/// <summary>Random transactions of a cluster with one TSO, written to a store; knows what must come out.</summary>
internal sealed class StoreHistory(int seed)
{
    private readonly Random _random = new(seed);
    private readonly List<ulong> _undecided = [];
    private readonly List<(ulong StartTs, ulong CommitTs)> _committed = [];
    private ulong _tso = 1;

    public IReadOnlyList<ulong> Undecided => _undecided;

    public IEnumerable<ulong> CommitTimestamps => _committed.Select(transaction => transaction.CommitTs).Order();

    /// <summary>The greatest timestamp that was given out.</summary>
    public ulong Tso => _tso;

    public async Task WriteAsync(PumpStore store, int steps)
    {
        for (int step = 0; step < steps; step++)
        {
            await StepAsync(store);
        }
    }

    /// <summary>Decides everything, so that everything comes out.</summary>
    public async Task FinishAsync(PumpStore store)
    {
        while (_undecided.Count > 0)
        {
            await DecideAsync(store, 0);
        }

        await store.WriteAsync(TestBinlogs.Fake(++_tso));
        await store.ReachAsync(_tso);
    }

    private async Task StepAsync(PumpStore store)
    {
        int kind = _random.Next(20);
        if (kind < 8 || (_undecided.Count == 0 && kind < 16))
        {
            _undecided.Add(++_tso);
            await store.WriteAsync(TestBinlogs.Prewrite(_tso));
        }
        else if (kind < 16)
        {
            // The oldest stays undecided for long now and then, and much is held back.
            await DecideAsync(store, _undecided.Count > 12 ? 0 : _random.Next(_undecided.Count));
        }
        else if (kind == 16)
        {
            await store.WriteAsync(TestBinlogs.Fake(++_tso));
        }
        else if (kind == 17)
        {
            (ulong startTs, ulong commitTs) = (++_tso, ++_tso);
            _committed.Add((startTs, commitTs));
            await store.WriteAsync(TestBinlogs.Commit(startTs, commitTs));
            await store.WriteAsync(TestBinlogs.Prewrite(startTs));
        }
        else if (_committed.Count > 0)
        {
            (ulong startTs, ulong commitTs) = _committed[_random.Next(_committed.Count)];
            await store.WriteAsync(TestBinlogs.Prewrite(startTs));
            await store.WriteAsync(TestBinlogs.Commit(startTs, commitTs));
        }
    }

    private async Task DecideAsync(PumpStore store, int place)
    {
        ulong startTs = _undecided[place];
        _undecided.RemoveAt(place);
        if (_random.Next(6) == 0)
        {
            await store.WriteAsync(TestBinlogs.Rollback(startTs));
            return;
        }

        _committed.Add((startTs, ++_tso));
        await store.WriteAsync(TestBinlogs.Commit(startTs, _tso));
    }
}
