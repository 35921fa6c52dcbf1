using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Binlog.Service.Drainer.Collecting;
using Binlog.Service.Signals;
using Binlog.TiDB.Records;

namespace Binlog.Service.Tests.Drainer.Collecting;

/// <summary>A Pump that sends what it was given, from the first binlog above the TS that is asked for, and breaks off when told to.</summary>
internal sealed class FakePump : IBinlogPuller
{
    private readonly Lock _lock = new();
    private readonly AdvanceSignal _changed = new();
    private readonly List<PulledBinlog> _binlogs = [];
    private readonly Queue<Exception?> _endings = new();

    /// <summary>After which TS each pull began.</summary>
    public ConcurrentQueue<ulong> Pulls { get; } = new();

    /// <summary>What every pull fails with before it is accepted; null accepts.</summary>
    public Exception? Refusal { get; set; }

    /// <summary>A transaction; its payload is made of its TS.</summary>
    public static PulledBinlog Transaction(ulong commitTs, ulong? startTs = null, int bytes = 8) =>
        new(commitTs, startTs ?? commitTs - 1, false, BitConverter.GetBytes(commitTs).Concat(new byte[bytes]).Take(bytes).ToArray());

    public static PulledBinlog Fake(ulong commitTs) => new(commitTs, commitTs, true, BinlogPayloads.Fake(commitTs));

    public FakePump Send(params IEnumerable<PulledBinlog> binlogs)
    {
        lock (_lock)
        {
            _binlogs.AddRange(binlogs);
        }

        _changed.Pulse();
        return this;
    }

    /// <summary>Once everything is sent, the stream ends: with an error, or without one when it is null.</summary>
    public FakePump EndStream(Exception? error)
    {
        lock (_lock)
        {
            _endings.Enqueue(error);
        }

        _changed.Pulse();
        return this;
    }

    public async IAsyncEnumerable<PulledBinlog> PullAsync(ulong afterCommitTs, Action connected, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Pulls.Enqueue(afterCommitTs);
        if (Refusal is { } refusal)
        {
            throw refusal;
        }

        connected();
        int index = FindFirstAbove(afterCommitTs);
        while (true)
        {
            Task changed = _changed.Next;
            if (TryTake(ref index, out PulledBinlog next))
            {
                yield return next;
            }
            else if (TryEnd(out Exception? error))
            {
                if (error is not null)
                {
                    throw error;
                }

                yield break;
            }
            else
            {
                await changed.WaitAsync(cancellationToken);
            }
        }
    }

    private int FindFirstAbove(ulong commitTs)
    {
        lock (_lock)
        {
            int index = _binlogs.FindIndex(binlog => binlog.CommitTs > commitTs);
            return index < 0 ? _binlogs.Count : index;
        }
    }

    private bool TryTake(ref int index, out PulledBinlog binlog)
    {
        lock (_lock)
        {
            bool hasNext = index < _binlogs.Count;
            binlog = hasNext ? _binlogs[index++] : default;
            return hasNext;
        }
    }

    private bool TryEnd(out Exception? error)
    {
        lock (_lock)
        {
            return _endings.TryDequeue(out error);
        }
    }
}
