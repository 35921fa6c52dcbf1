using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Outside;

namespace Binlog.Service.Tests.Drainer.Applying;

/// <summary>A session with a target in memory that is as transactional as a real one.</summary>
internal sealed class ScriptedTarget(TargetState state) : ITarget
{
    private bool _isOpen;
    private bool _isBusy;

    public string Name => "scripted target";

    public int MaxWorkers => 1;

    public bool TakesCondensedBatches => false;

    ulong ITarget.AnyUpTo => state.WholeUpTo;

    bool ITarget.IsInDoubtAsAWhole => state.WholeUpTo > 0;

    public ValueTask<IApplyWorker> OpenWorkerAsync(CancellationToken cancellationToken) => new(new SingleWorker(this));

    public async Task BeginAsync(Checkpoint first, ulong anyUpTo, CancellationToken cancellationToken)
    {
        await ApplyAsync(new ChangeBatch(), first, cancellationToken);
        state.AnyUpTo = anyUpTo;
    }

    public Task<OriginalCheckpoint?> FindOriginalAsync(CancellationToken cancellationToken) =>
        Task.FromResult(state.Originals.Count > 1 ? state.Originals.Dequeue() : state.Originals.TryPeek(out OriginalCheckpoint? last) ? last : null);

    public Task<Checkpoint?> OpenAsync(CancellationToken cancellationToken) => AloneAsync(async () =>
    {
        Assert.False(_isOpen);
        state.Sessions++;
        Throw(await state.NextAsync(), TargetFailure.AnswerLost);
        _isOpen = true;
        return state.Checkpoint;
    });

    public Task ApplyAsync(ChangeBatch batch, Checkpoint checkpoint, CancellationToken cancellationToken) => AloneAsync(async () =>
    {
        TargetFailure failure = await BeginAsync();
        foreach (RowChange row in batch.Rows)
        {
            state.Applied.Add(($"{row.Kind} {row.Table}", row.CommitTs));
        }

        state.GroupRows.Add(batch.Rows.Length);
        Commit(checkpoint, failure);
        return 0;
    });

    public Task ApplySchemaChangeAsync(SchemaChange change, Checkpoint checkpoint, CancellationToken cancellationToken) => AloneAsync(async () =>
    {
        if (state.RefusedSchemaChange is { } refusal)
        {
            _isOpen = false;
            throw new TargetException(refusal, isTransient: false).AsSchemaRefusal("Mend it and start again.");
        }

        TargetFailure failure = await BeginAsync();
        state.Applied.Add(($"{change.Job.Type} {change.SchemaName} {change.After?.TableName}", change.CommitTs));
        Commit(checkpoint, failure);
        return 0;
    });

    public Task SkipSchemaChangeAsync(SchemaChange change, Checkpoint checkpoint, CancellationToken cancellationToken) => AloneAsync(async () =>
    {
        TargetFailure failure = await BeginAsync();
        state.Applied.Add(($"skipped {change.Job.Type}", change.CommitTs));
        Commit(checkpoint, failure);
        return 0;
    });

    public Task KeepAliveAsync(CancellationToken cancellationToken)
    {
        Assert.True(_isOpen, "the session is not open, or has failed");
        state.KeptAlive++;
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _isOpen = false;
        return default;
    }

    private static void Throw(TargetFailure failure, TargetFailure worst)
    {
        if (failure != TargetFailure.None && failure <= worst)
        {
            throw new TargetException($"scripted target: {failure}", isTransient: true);
        }

        if (failure == TargetFailure.Refused)
        {
            throw new TargetException("scripted target: row 7 is not there", isTransient: false);
        }
    }

    private async Task<TargetFailure> BeginAsync()
    {
        Assert.True(_isOpen, "the session is not open, or has failed");
        TargetFailure failure = await state.NextAsync();
        if (failure is TargetFailure.Lost or TargetFailure.Refused)
        {
            _isOpen = false;
            Throw(failure, TargetFailure.Lost);
        }

        return failure;
    }

    private void Commit(Checkpoint checkpoint, TargetFailure failure)
    {
        Assert.True(state.Checkpoint is null || checkpoint.CommitTs > state.Checkpoint.CommitTs, "the checkpoint went back");
        state.Checkpoint = checkpoint;
        state.Commits.Add(checkpoint);
        if (failure == TargetFailure.AnswerLost)
        {
            _isOpen = false;
            Throw(failure, TargetFailure.AnswerLost);
        }
    }

    private async Task<T> AloneAsync<T>(Func<Task<T>> action)
    {
        Assert.False(_isBusy, "two calls at a time");
        _isBusy = true;
        try
        {
            return await action();
        }
        finally
        {
            _isBusy = false;
        }
    }
}
