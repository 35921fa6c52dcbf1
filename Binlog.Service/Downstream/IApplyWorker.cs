namespace Binlog.Service.Downstream;

/// <summary>
/// A session of a target for one transaction at a time, beside those of the target's other workers. What it executes is seen by nobody until
/// <see cref="CommitAsync"/>, which the owner calls in the order of the upstream's commits.
/// </summary>
/// <remarks>Not thread-safe: one caller at a time.</remarks>
internal interface IApplyWorker : IAsyncDisposable
{
    /// <summary>False when the session is lost; then the target has to be opened again.</summary>
    bool IsUsable { get; }

    /// <summary>Makes row changes of a batch, in order, in the worker's transaction, which begins with the first call after a commit.</summary>
    /// <param name="batch">The batch; it stays unchanged until the commit.</param>
    /// <param name="first">Index of the first row.</param>
    /// <param name="count">How many rows.</param>
    /// <param name="cancellationToken">Ends the session.</param>
    /// <exception cref="TargetException">A change can't be made; <see cref="RollBackAsync"/> comes next.</exception>
    Task ExecuteAsync(ChangeBatch batch, int first, int count, CancellationToken cancellationToken);

    /// <summary>Moves the target's checkpoint from where the commit before left it, in the same transaction, and commits.</summary>
    /// <exception cref="TargetException">Nothing, or (connection lost during COMMIT) everything has been applied; or another Drainer has taken the target over.</exception>
    Task CommitAsync(Checkpoint checkpoint, CancellationToken cancellationToken);

    /// <summary>
    /// Notes in the worker's transaction that parts of transactions up to a commit TS may be applied from its commit on. One worker at a time, the one that moves the checkpoint;
    /// targets that take parts only.
    /// </summary>
    /// <exception cref="TargetException">Another Drainer has taken the target over, or a schema change has to come first; <see cref="RollBackAsync"/> comes next.</exception>
    Task AnnouncePartsAsync(ulong upTo, CancellationToken cancellationToken) => throw new NotSupportedException("This target takes no parts of transactions.");

    /// <summary>
    /// Commits what was executed without moving the checkpoint, unless another Drainer has taken the target over. What is committed must have been announced
    /// (<see cref="AnnouncePartsAsync"/>) before. Targets that take parts only.
    /// </summary>
    /// <exception cref="TargetException">Nothing, or (connection lost during COMMIT) everything has been applied; or another Drainer has taken the target over.</exception>
    Task CommitPartAsync(CancellationToken cancellationToken) => throw new NotSupportedException("This target takes no parts of transactions.");

    /// <summary>Takes back what was executed since the last commit, and lets go of its locks.</summary>
    Task RollBackAsync();

    /// <summary>Forgets definitions of tables: a schema change comes.</summary>
    void Forget();
}
