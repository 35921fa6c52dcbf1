using System.Threading.Channels;
using Binlog.Service.Downstream;
using Binlog.Service.Drainer.Measuring;

namespace Binlog.Service.Drainer.Applying.Eventual;

/// <summary>
/// Applies the parts that it is given, in their order, and commits them without regard to other workers. Parts that wait share a transaction.
/// </summary>
internal sealed class PartWorker : IAsyncDisposable
{
    private readonly KeptWorker _worker;
    private readonly int _rowsOfTransaction;
    private readonly AppliedRows _counts;
    private readonly TimeProvider _time;
    private readonly Action _partEnded;
    private readonly Channel<Part> _parts = Channel.CreateUnbounded<Part>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly List<Part> _taken = [];

    /// <summary>Begins with an open worker.</summary>
    /// <param name="worker">The worker; it is disposed with this.</param>
    /// <param name="rowsOfTransaction">Rows from which on no further part joins a transaction.</param>
    /// <param name="counts">Where transactions that are executed anew are counted.</param>
    /// <param name="time">Clock.</param>
    /// <param name="partEnded">Called when the last part of a group is durable.</param>
    public PartWorker(KeptWorker worker, int rowsOfTransaction, AppliedRows counts, TimeProvider time, Action partEnded)
    {
        _worker = worker;
        _rowsOfTransaction = rowsOfTransaction;
        _counts = counts;
        _time = time;
        _partEnded = partEnded;
    }

    /// <summary>Where durations are noted; null: nowhere.</summary>
    public ApplyTimings? Timings { get; init; }

    /// <summary>Hands a part over. The number of groups under way bounds the queue.</summary>
    public void Give(in Part part) => _parts.Writer.TryWrite(part);

    /// <summary>Tells the worker that a schema change comes; it must have nothing to do.</summary>
    public void Forget() => _worker.Forget();

    /// <summary>Applies parts until cancelled.</summary>
    /// <exception cref="TargetException">The target failed or refused.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (await _parts.Reader.WaitToReadAsync(cancellationToken))
        {
            Take();
            await _worker.RunAsync(worker => ApplyAsync(worker, cancellationToken), _counts, cancellationToken);
            foreach (Part part in _taken)
            {
                if (part.Group.EndPart())
                {
                    _partEnded();
                }
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _worker.DisposeAsync();

    private void Take()
    {
        _taken.Clear();
        int rows = 0;
        while (rows < _rowsOfTransaction && _parts.Reader.TryRead(out Part part))
        {
            _taken.Add(part);
            rows += part.Count;
        }
    }

    /// <summary>Parts are committed only when it is known in the target that they may be there.</summary>
    private async Task ApplyAsync(IApplyWorker worker, CancellationToken cancellationToken)
    {
        long began = _time.GetTimestamp();
        foreach (Part part in _taken)
        {
            await worker.ExecuteAsync(part.Group.Group.Batch, part.First, part.Count, cancellationToken);
        }

        Timings?.Statements.Observe(_time.GetElapsedTime(began));
        await _taken[^1].Group.Announced.WaitAsync(cancellationToken);
        began = _time.GetTimestamp();
        await worker.CommitPartAsync(cancellationToken);
        Timings?.Commit.Observe(_time.GetElapsedTime(began));
    }
}
