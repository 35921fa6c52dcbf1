using Binlog.Service.Pump.Storage;

namespace Binlog.Service.Pump.Retention;

/// <summary>What retention asks of a Pump's store. Thread-safe.</summary>
internal interface IRetainedStore
{
    /// <summary>Everything that the Pump has at or below this commit TS is complete. Only grows.</summary>
    ulong MaxCommitTs { get; }

    /// <summary>Pulls from below this commit TS are refused: binlogs may be missing there. Only grows.</summary>
    ulong OldestCommitTs { get; }

    /// <summary>What the order waits for, and since when; null when nothing is held back.</summary>
    HeldOrder? Held { get; }

    /// <summary>Bytes on disk.</summary>
    long Bytes { get; }

    /// <summary>The commit TS up to which binlogs must go so that about <paramref name="keepBytes"/> remain; null when none must. Falls as the bytes grow.</summary>
    ulong? FindCommitTsForBytes(long keepBytes);

    /// <summary>Removes what nothing above a commit TS needs. More than that may stay: whole files are removed only.</summary>
    Task<RemovedBinlogs> RemoveUpToAsync(ulong commitTs, CancellationToken cancellationToken);
}
