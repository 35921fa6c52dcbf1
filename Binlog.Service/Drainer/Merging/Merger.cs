using Binlog.Service.Drainer.Collecting;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Drainer.Merging;

/// <summary>
/// Merges the sources of all Pumps by commit TS. A binlog goes out only when every source has one to compare with, so that no
/// earlier one can come after it, and <see cref="Fence"/> says that every Pump is a source. One caller reads; <see cref="Propose"/> may be called from anywhere.
/// </summary>
/// <remarks>
/// <para>Fakes take part in the order, after a real binlog of the same TS. The same transaction from two Pumps (a writer that went
/// on to another Pump while the first had stored it) goes out once; that its copies are equal is checked. Source: tidb-binlog
/// drainer/merge.go, which drops what comes out of order; here that is an error.</para>
/// <para>Copies always meet: a source that has one holds the merge below it until it is at the head, and each source begins after
/// what has gone out. So only the newest binlog that went out is kept to compare with.</para>
/// </remarks>
internal sealed partial class Merger(ulong startTs, MergeFence fence, ILogger logger)
{
    private readonly PriorityQueue<(PumpSource Source, PulledBinlog Binlog), (ulong CommitTs, bool IsFake)> _heads = new();
    private int _transactions;
    private readonly List<PumpSource> _empty = [];
    private readonly Dictionary<string, PumpSource> _sources = [];
    private readonly Lock _lock = new();
    private TaskCompletionSource _proposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Func<ulong, IReadOnlyDictionary<string, PumpSource>, IReadOnlyList<PumpSource>>? _proposal;
    private TaskCompletionSource? _accepted;
    private bool _isReading;
    private bool _isHeld;
    private MergedBinlog _last = new(startTs, 0, IsFake: true, default, "");
    private long _repeated;

    /// <summary>Holds the merge while Pumps may exist that are no sources.</summary>
    public MergeFence Fence => fence;

    /// <summary>Commit TS of the newest binlog that went out. Pulling a new source starts after it.</summary>
    public ulong LastTs { get; private set; } = startTs;

    /// <summary>How many transactions came again from another Pump and were left out. Thread-safe.</summary>
    public long RepeatedTransactions => Interlocked.Read(ref _repeated);

    /// <summary>
    /// Proposes a new set of sources: a function from the last merged TS and the present sources to the sources from now on.
    /// It is run between two binlogs, or at once while nobody reads (a full relay log may keep the reader away for long); the task
    /// completes when it has been. Of two proposals that wait at the same time only the later is run: one caller at a time.
    /// </summary>
    public Task Propose(Func<ulong, IReadOnlyDictionary<string, PumpSource>, IReadOnlyList<PumpSource>> proposal)
    {
        lock (_lock)
        {
            if (!_isReading)
            {
                Accept(proposal);
                return Task.CompletedTask;
            }

            _proposal = proposal;
            _accepted ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _proposed.TrySetResult();
            return _accepted.Task;
        }
    }

    /// <summary>Whether a transaction of a source waits for others; mere points in time wait for nothing that anybody misses.</summary>
    public bool HasTransactions => Volatile.Read(ref _transactions) > 0;

    /// <summary>The sources that nothing has come from, for which merging waits.</summary>
    public IReadOnlyList<PumpSource> WaitsFor
    {
        get
        {
            lock (_lock)
            {
                return [.. _empty];
            }
        }
    }

    /// <summary>
    /// Fills <paramref name="batch"/> with the next binlogs, at least one, at most <paramref name="maxBytes"/> of them unless one is larger. Those that lie in
    /// files are to be released by the caller.
    /// </summary>
    /// <exception cref="DrainerException">A Pump sent a transaction out of order, or refuses to be pulled.</exception>
    public async Task ReadBatchAsync(List<MergedBinlog> batch, int maxBytes, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _isReading = true;
        }

        try
        {
            await FillAsync(batch, maxBytes, cancellationToken);
        }
        finally
        {
            lock (_lock)
            {
                _isReading = false;
                AcceptProposal();
            }
        }
    }

    private async Task FillAsync(List<MergedBinlog> batch, int maxBytes, CancellationToken cancellationToken)
    {
        long bytes = 0;
        while (true)
        {
            AcceptProposal();
            PumpSource? missing = FillHeads();
            bool isReady = missing is null && _heads.Count > 0;

            // Looked at when the heads are in hand, for each of them: what comes from a socket later may be newer than what an unknown Pump has.
            if (isReady && fence.IsOpen)
            {
                NoteReleased();
                bytes += Emit(batch);
                if (bytes >= maxBytes)
                {
                    return;
                }
            }
            else if (batch.Count > 0)
            {
                return;
            }
            else if (isReady)
            {
                await WaitForFenceAsync(cancellationToken);
            }
            else
            {
                await WaitAsync(missing, cancellationToken);
            }
        }
    }

    private int Emit(List<MergedBinlog> batch)
    {
        (PumpSource source, PulledBinlog binlog) = _heads.Dequeue();
        source.Queue.Release(binlog);
        _transactions -= binlog.IsFake ? 0 : 1;
        lock (_lock)
        {
            if (_sources.TryGetValue(source.NodeId, out PumpSource? current) && current == source)
            {
                _empty.Add(source);
            }
        }

        if (binlog.CommitTs > LastTs)
        {
            LastTs = binlog.CommitTs;
            _last.Spool?.Release();
            _last = new MergedBinlog(binlog.CommitTs, binlog.StartTs, binlog.IsFake, binlog.Payload, source.NodeId) { Spool = binlog.Spool?.Retain() };
            batch.Add(_last);
            return binlog.Length;
        }

        if (!binlog.IsFake)
        {
            CheckRepeated(source, binlog);
        }

        binlog.Spool?.Release();
        return 0;
    }

    /// <summary>Lets nothing be left out but a copy of the newest transaction that went out.</summary>
    private void CheckRepeated(PumpSource source, in PulledBinlog binlog)
    {
        if (binlog.CommitTs < LastTs || _last.IsFake)
        {
            throw new DrainerException(
                $"The Pump {source.NodeId} sent the transaction of start TS {binlog.StartTs}, commit TS {binlog.CommitTs}, after everything up to commit TS {LastTs} had been merged. "
                + "Nothing was dropped: the Drainer stops here. The Pump's order or the cluster's TSO is broken; compare the Pump's /status and log.");
        }

        string? difference = TransactionCopies.DescribeDifference(_last, binlog);
        if (difference is not null)
        {
            string who = _last.NodeId == source.NodeId ? $"The Pump {source.NodeId} contradicts itself" : $"The Pumps {_last.NodeId} and {source.NodeId} disagree";
            throw new DrainerException(
                $"{who} about commit TS {LastTs}: {difference}. "
                + "Nothing was dropped: the Drainer stops here. Compare what is stored there: a binlog of another cluster, or an outcome that was decided by hand with a wrong commit TS.");
        }

        Interlocked.Increment(ref _repeated);
        LogRepeated(binlog.StartTs, binlog.CommitTs, _last.NodeId, source.NodeId);
    }

    private PumpSource? FillHeads()
    {
        lock (_lock)
        {
            for (int index = _empty.Count - 1; index >= 0; index--)
            {
                if (_empty[index].Queue.TryRead(out PulledBinlog binlog))
                {
                    _heads.Enqueue((_empty[index], binlog), (binlog.CommitTs, binlog.IsFake));
                    _transactions += binlog.IsFake ? 0 : 1;
                    _empty.RemoveAt(index);
                }
            }

            return _empty.Count > 0 ? _empty[0] : null;
        }
    }

    private async Task WaitAsync(PumpSource? missing, CancellationToken cancellationToken)
    {
        ThrowIfAnyIsOver();
        Task proposed = _proposed.Task;
        if (missing is null)
        {
            await proposed.WaitAsync(cancellationToken);
        }
        else
        {
            await await Task.WhenAny(proposed, missing.Queue.WaitToReadAsync(cancellationToken).AsTask());
        }
    }

    /// <summary>A Pump that will never be pulled again stops the merge also while it waits for another one. Looked at whenever the sources are.</summary>
    private void ThrowIfAnyIsOver()
    {
        lock (_lock)
        {
            foreach (PumpSource source in _empty)
            {
                source.Queue.ThrowIfOver();
            }
        }
    }

    private void AcceptProposal()
    {
        if (!_proposed.Task.IsCompleted)
        {
            return;
        }

        lock (_lock)
        {
            _proposed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Accept(_proposal!);
            _accepted!.SetResult();
            _accepted = null;
        }
    }

    private void Accept(Func<ulong, IReadOnlyDictionary<string, PumpSource>, IReadOnlyList<PumpSource>> proposal)
    {
        IReadOnlyList<PumpSource> sources = proposal(LastTs, _sources);
        foreach (PumpSource removed in _sources.Values.Except(sources))
        {
            TakeRest(removed);
        }

        _empty.RemoveAll(source => !sources.Contains(source));
        foreach (PumpSource source in sources)
        {
            if (!_sources.TryGetValue(source.NodeId, out PumpSource? known) || known != source)
            {
                _empty.Add(source);
            }
        }

        _sources.Clear();
        foreach (PumpSource source in sources)
        {
            _sources.Add(source.NodeId, source);
        }
    }

    /// <summary>What has been pulled from a source that goes away is merged like everything else; only, nothing is waited for after it.</summary>
    private void TakeRest(PumpSource source)
    {
        while (source.Queue.TryRead(out PulledBinlog binlog))
        {
            _heads.Enqueue((source, binlog), (binlog.CommitTs, binlog.IsFake));
            _transactions += binlog.IsFake ? 0 : 1;
        }
    }
}
