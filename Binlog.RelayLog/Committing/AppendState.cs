namespace Binlog.RelayLog.Committing;

/// <summary>Where an <see cref="AppendRequest"/> is; changes only under the queue's lock.</summary>
internal enum AppendState
{
    Idle,

    /// <summary>Held back because too much is pending; can still be cancelled.</summary>
    Waiting,

    /// <summary>Queued or being written; runs to its end.</summary>
    Admitted,

    /// <summary>Cancelled while waiting; still in the queue, to be skipped.</summary>
    Cancelled,
}
