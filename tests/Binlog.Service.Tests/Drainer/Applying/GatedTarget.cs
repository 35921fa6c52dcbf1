using Binlog.Service.Downstream;

namespace Binlog.Service.Tests.Drainer.Applying;

/// <summary>A target of which a test hears before rows are executed.</summary>
internal sealed class GatedTarget(ITarget inner, Func<Task> beforeExecute) : ITarget
{
    public string Name => inner.Name;

    public int MaxWorkers => inner.MaxWorkers;

    public bool TakesCondensedBatches => inner.TakesCondensedBatches;

    public Task<Checkpoint?> OpenAsync(CancellationToken cancellationToken) => inner.OpenAsync(cancellationToken);

    public Task ApplyAsync(ChangeBatch batch, Checkpoint checkpoint, CancellationToken cancellationToken) => inner.ApplyAsync(batch, checkpoint, cancellationToken);

    public async ValueTask<IApplyWorker> OpenWorkerAsync(CancellationToken cancellationToken) => new Worker(await inner.OpenWorkerAsync(cancellationToken), beforeExecute);

    public Task ApplySchemaChangeAsync(SchemaChange change, Checkpoint checkpoint, CancellationToken cancellationToken) => inner.ApplySchemaChangeAsync(change, checkpoint, cancellationToken);

    public Task SkipSchemaChangeAsync(SchemaChange change, Checkpoint checkpoint, CancellationToken cancellationToken) => inner.SkipSchemaChangeAsync(change, checkpoint, cancellationToken);

    public Task KeepAliveAsync(CancellationToken cancellationToken) => inner.KeepAliveAsync(cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private sealed class Worker(IApplyWorker worker, Func<Task> before) : IApplyWorker
    {
        public bool IsUsable => worker.IsUsable;

        public async Task ExecuteAsync(ChangeBatch batch, int first, int count, CancellationToken cancellationToken)
        {
            await before();
            await worker.ExecuteAsync(batch, first, count, cancellationToken);
        }

        public Task CommitAsync(Checkpoint checkpoint, CancellationToken cancellationToken) => worker.CommitAsync(checkpoint, cancellationToken);

        public Task RollBackAsync() => worker.RollBackAsync();

        public void Forget() => worker.Forget();

        public ValueTask DisposeAsync() => worker.DisposeAsync();
    }
}
