using Binlog.Service.Downstream;

namespace Binlog.Service.Tests.Drainer.Applying;

/// <summary>A target whose workers do what a test says, and note it: <c>2 executes 1,3</c> (worker, keys of the rows), <c>2 commits 20</c>, <c>2 commits its part 1,3</c>, <c>2 announces 20</c>, <c>2 rolls back</c>.</summary>
internal sealed class ParallelTarget(int workers) : ITarget
{
    private readonly Lock _lock = new();
    private readonly List<string> _events = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _opened;

    public string Name => "parallel target";

    public int MaxWorkers => workers;

    public bool TakesCondensedBatches => true;

    public bool TakesParts => true;

    /// <summary>Called before an execution ends, with the keys of its rows; may wait or throw.</summary>
    public Func<string, Task> Executing { get; set; } = _ => Task.CompletedTask;

    /// <summary>Called before a commit, with its commit TS.</summary>
    public Func<ulong, Task> Committing { get; set; } = _ => Task.CompletedTask;

    /// <summary>Called before a part's commit, with the keys of its rows, or what it announces.</summary>
    public Func<string, Task> CommittingPart { get; set; } = _ => Task.CompletedTask;

    /// <summary>Called before a worker is opened, with its number; may throw.</summary>
    public Action<int> Opening { get; set; } = _ => { };

    /// <summary>How often all rows of a batch were executed at once, but not deletes first and inserts last.</summary>
    public int Disordered { get; private set; }

    public bool AreUsable { get; set; } = true;

    public List<string> Events
    {
        get
        {
            lock (_lock)
            {
                return [.. _events];
            }
        }
    }

    public List<string> Commits => [.. Events.Where(step => step.Contains("commits", StringComparison.Ordinal)).Select(step => step.Split(' ')[^1])];

    /// <summary>Completes when the event was noted so often.</summary>
    public Task SeenAsync(string what, int times = 1) => SeenAsync(step => step.EndsWith(what, StringComparison.Ordinal), times);

    /// <summary>Completes when so many executions were noted.</summary>
    public Task ExecutedAsync(int times) => SeenAsync(step => step.Contains(" executes ", StringComparison.Ordinal), times);

    /// <summary>Completes when so many parts with rows were committed.</summary>
    public Task PartsCommittedAsync(int times) =>
        SeenAsync(step => step.Contains(" commits its part ", StringComparison.Ordinal) && !step.Contains("announcement", StringComparison.Ordinal), times);

    private async Task SeenAsync(Func<string, bool> isIt, int times)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_events.Count(isIt) >= times)
                {
                    return;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(TimeSpan.FromMinutes(1));
        }
    }

    public ValueTask<IApplyWorker> OpenWorkerAsync(CancellationToken cancellationToken)
    {
        Opening(_opened + 1);
        return new(new Worker(this, ++_opened));
    }

    public Task<Checkpoint?> OpenAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task ApplyAsync(ChangeBatch batch, Checkpoint checkpoint, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task ApplySchemaChangeAsync(SchemaChange change, Checkpoint checkpoint, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task SkipSchemaChangeAsync(SchemaChange change, Checkpoint checkpoint, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => default;

    private void Note(string what)
    {
        lock (_lock)
        {
            _events.Add(what);
            _changed.SetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private sealed class Worker(ParallelTarget target, int number) : IApplyWorker
    {
        private readonly List<string> _open = [];

        public bool IsUsable => target.AreUsable;

        public async Task ExecuteAsync(ChangeBatch batch, int first, int count, CancellationToken cancellationToken)
        {
            string rows = string.Join(',', batch.Rows.Slice(first, count).ToArray().Select(row => (row.OldValues >= 0 ? batch.Old(row) : batch.New(row))[0].AsInt64));
            if (count == batch.Rows.Length && !IsOrdered(batch.Rows))
            {
                lock (target._lock)
                {
                    target.Disordered++;
                }
            }

            if (rows.Length > 0)
            {
                target.Note($"{number} executes {rows}");
                await target.Executing(rows).WaitAsync(cancellationToken);
                _open.Add(rows);
            }
        }

        private static bool IsOrdered(ReadOnlySpan<RowChange> rows)
        {
            for (int index = 1; index < rows.Length; index++)
            {
                if (Rank(rows[index - 1].Kind) > Rank(rows[index].Kind))
                {
                    return false;
                }
            }

            return true;

            static int Rank(RowChangeKind kind) => kind switch { RowChangeKind.Delete => 0, RowChangeKind.Update => 1, _ => 2 };
        }

        public async Task CommitAsync(Checkpoint checkpoint, CancellationToken cancellationToken)
        {
            await target.Committing(checkpoint.CommitTs).WaitAsync(cancellationToken);
            target.Note($"{number} commits {string.Join('+', _open)} {checkpoint.CommitTs}");
            _open.Clear();
        }

        public Task AnnouncePartsAsync(ulong upTo, CancellationToken cancellationToken)
        {
            _open.Add($"announcement {upTo}");
            return Task.CompletedTask;
        }

        public async Task CommitPartAsync(CancellationToken cancellationToken)
        {
            string open = string.Join('+', _open);
            await target.CommittingPart(open).WaitAsync(cancellationToken);
            target.Note($"{number} commits its part {open}");
            _open.Clear();
        }

        public Task RollBackAsync()
        {
            target.Note($"{number} rolls back");
            _open.Clear();
            return Task.CompletedTask;
        }

        public void Forget() => target.Note($"{number} forgets");

        public ValueTask DisposeAsync()
        {
            target.Note($"{number} ends");
            return default;
        }
    }
}
