using Binlog.Service.Downstream.Outside;

namespace Binlog.Service.Downstream;

/// <summary>
/// A place that upstream transactions are applied to. One instance is one session with the target: after any failure the
/// owner disposes it, opens a new one, and goes on from the checkpoint that the target itself reports. That is what makes
/// an unanswered COMMIT harmless: either the checkpoint moved with the data, or neither did.
/// </summary>
/// <remarks>Not thread-safe: one caller at a time. While workers have transactions under way, only they are called.</remarks>
internal interface ITarget : IAsyncDisposable
{
    /// <summary>What it is and where, for messages: <c>MariaDB 10.11 at 127.0.0.1:3306</c>. Never contains a secret.</summary>
    string Name { get; }

    /// <summary>How many transactions can be under way in it at a time.</summary>
    int MaxWorkers { get; }

    /// <summary>
    /// Whether a batch may come condensed (<see cref="Condensing.BatchCondenser"/>): so for a place that keeps states. One that keeps the changes
    /// themselves gets every one.
    /// </summary>
    bool TakesCondensedBatches { get; }

    /// <summary>Whether its workers can commit parts of transactions (<see cref="IApplyWorker.CommitPartAsync"/>). It needs to take condensed batches too.</summary>
    bool TakesParts => false;

    /// <summary>
    /// Once it is open: parts of transactions up to this commit TS may have been applied beyond the checkpoint, by this Drainer or one before it; 0 when none ever were.
    /// What comes after it is untouched.
    /// </summary>
    ulong PartsUpTo => 0;

    /// <summary>
    /// Once it is open: whatever comes up to this commit TS may have been applied in any part beyond the checkpoint; 0 when nothing ever was. What comes after it is untouched.
    /// </summary>
    ulong AnyUpTo => 0;

    /// <summary>Whether what comes up to <see cref="AnyUpTo"/> was to be one transaction, and so is applied as a whole or not at all.</summary>
    bool IsInDoubtAsAWhole => false;

    /// <summary>
    /// Connects, creates the checkpoint's place when it is missing, finishes a schema change that a crash interrupted, and
    /// returns the checkpoint that the target holds for this cluster; null when it never was a target of it.
    /// </summary>
    /// <exception cref="TargetException">The target can't be reached, refuses us, or holds something unexpected.</exception>
    Task<Checkpoint?> OpenAsync(CancellationToken cancellationToken);

    /// <summary>Writes the first checkpoint of a target that has none.</summary>
    /// <param name="first">Where replication begins.</param>
    /// <param name="anyUpTo">Up to which commit TS another program may have gone beyond that; 0 when none has.</param>
    /// <param name="cancellationToken">Ends the session.</param>
    /// <exception cref="TargetException">The target failed or refused.</exception>
    Task BeginAsync(Checkpoint first, ulong anyUpTo, CancellationToken cancellationToken) => anyUpTo == 0
        ? ApplyAsync(new ChangeBatch(), first, cancellationToken)
        : throw new NotSupportedException("This target is never taken over from another program.");

    /// <summary>The checkpoint of TiDB Binlog's Drainer for the same cluster, in the target or at the checkpoint's place; null when there is none.</summary>
    /// <exception cref="TargetException">It can't be looked for, or not be read.</exception>
    Task<OriginalCheckpoint?> FindOriginalAsync(CancellationToken cancellationToken) => Task.FromResult<OriginalCheckpoint?>(null);

    /// <summary>
    /// Applies every row change of <paramref name="batch"/>, in order, and <paramref name="checkpoint"/> in one downstream
    /// transaction, and returns when the target has committed it. An empty batch moves the checkpoint alone.
    /// </summary>
    /// <exception cref="TargetException">Nothing, or (connection lost during COMMIT) everything has been applied.</exception>
    Task ApplyAsync(ChangeBatch batch, Checkpoint checkpoint, CancellationToken cancellationToken);

    /// <summary>Opens a worker, for as long as this session lives; at most <see cref="MaxWorkers"/> at a time.</summary>
    /// <exception cref="TargetException">The target can't be reached or refuses.</exception>
    ValueTask<IApplyWorker> OpenWorkerAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Makes the schema change, and moves the checkpoint with it. A crash at any moment between the two leaves a state from
    /// which <see cref="OpenAsync"/> and a repeated call reach the same end as an undisturbed run.
    /// </summary>
    /// <exception cref="TargetException">The target refused the change (<see cref="TargetException.IsSchemaRefusal"/>), or failed.</exception>
    Task ApplySchemaChangeAsync(SchemaChange change, Checkpoint checkpoint, CancellationToken cancellationToken);

    /// <summary>
    /// Moves the checkpoint beyond a schema change that the target refused, and leaves everything else as it is. An attempt at the change that an
    /// earlier session began is forgotten.
    /// </summary>
    /// <exception cref="TargetException">The target failed or refused.</exception>
    Task SkipSchemaChangeAsync(SchemaChange change, Checkpoint checkpoint, CancellationToken cancellationToken);

    /// <summary>
    /// Shows the target that this session lives, for one that ends idle sessions. May be called while workers have transactions under way.
    /// </summary>
    /// <exception cref="TargetException">The session is lost, and with it the claim to be the only one.</exception>
    Task KeepAliveAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
