using Binlog.Service.Downstream;

namespace Binlog.Service.Drainer.Applying;

/// <summary>Applies groups to a target, several at a time, and moves its checkpoint in their order. One caller; after a failure nothing more is begun.</summary>
internal interface IApplyPipeline : IAsyncDisposable
{
    /// <summary>Fails when a group did.</summary>
    Task Failure { get; }

    /// <summary>Whether a group can be submitted without waiting for another to end.</summary>
    bool HasRoom { get; }

    /// <summary>Opens what the first group needs, so that it needn't wait for it.</summary>
    /// <exception cref="TargetException">The target refuses.</exception>
    ValueTask PrepareAsync(CancellationToken cancellationToken) => default;

    /// <summary>Completes when <see cref="HasRoom"/> may be true.</summary>
    /// <exception cref="TargetException">A group failed.</exception>
    Task WaitForRoomAsync();

    /// <summary>Hands a group over, and returns an empty one.</summary>
    /// <exception cref="TargetException">An earlier group failed, or no session can be opened.</exception>
    ValueTask<ApplyGroup> SubmitAsync(ApplyGroup group, CancellationToken cancellationToken);

    /// <summary>Returns when every group is durable and the checkpoint past it.</summary>
    /// <exception cref="TargetException">One failed.</exception>
    Task DrainAsync();

    /// <summary>Tells the workers that a schema change comes; all groups must be durable.</summary>
    void Forget();

    /// <summary>Lends a worker for a transaction that runs alone; all groups must be durable.</summary>
    /// <param name="run">Runs it, and commits. The worker is closed when it fails.</param>
    /// <param name="cancellationToken">Ends the opening of a session.</param>
    /// <exception cref="TargetException">No session can be opened, or the transaction failed.</exception>
    Task<T> RunAloneAsync<T>(Func<IApplyWorker, CancellationToken, Task<T>> run, CancellationToken cancellationToken);
}
