using Binlog.Service.Downstream.Claiming;

namespace Binlog.Service.Downstream.Outside;

/// <summary>A place outside of the target that keeps how far the target is. One instance is one session with it; after a failure it is disposed. One caller at a time.</summary>
internal interface ICheckpointPlace : IAsyncDisposable
{
    /// <summary>Where it is, for messages. Never contains a secret.</summary>
    string Name { get; }

    /// <summary>Looks at it without taking it; null when it has none for the cluster.</summary>
    /// <exception cref="TargetException">It can't be read.</exception>
    Task<OutsideCheckpoint?> PeekAsync(CancellationToken cancellationToken);

    /// <summary>Takes the next epoch, durably; null when there is nothing yet.</summary>
    /// <param name="claim">Whose epoch it is.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="TargetException">It can't be read or written, or somebody else has taken the target over.</exception>
    Task<OutsideCheckpoint?> TakeAsync(TargetClaim claim, CancellationToken cancellationToken);

    /// <summary>Replaces what is there, unless its epoch is over. On return it is durable.</summary>
    /// <exception cref="TargetException">It can't be written, or may not; then the old one or the new one is there.</exception>
    Task WriteAsync(OutsideCheckpoint checkpoint, CancellationToken cancellationToken);

    /// <summary>What TiDB Binlog's Drainer left at this place; null when it left nothing.</summary>
    /// <exception cref="TargetException">It can't be read.</exception>
    Task<OriginalCheckpoint?> FindOriginalAsync(CancellationToken cancellationToken);

    /// <summary>What an operator does to go past a schema change that was made by hand.</summary>
    string SkipAdvice(Checkpoint to);
}
