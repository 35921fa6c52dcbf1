namespace Binlog.Service.Downstream;

/// <summary>Asks a target what statements of ours wait for there, by a connection of its own.</summary>
internal interface ITargetWaits
{
    /// <summary>Statements that wait for a lock of somebody else, the longest wait first.</summary>
    /// <exception cref="TargetException">The target can't be asked.</exception>
    Task<IReadOnlyList<TargetWait>> FindAsync(CancellationToken cancellationToken);
}
