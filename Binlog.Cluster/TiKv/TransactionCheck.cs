namespace Binlog.Cluster.TiKv;

/// <summary>A question for a transaction's status.</summary>
/// <param name="Primary">Its primary key, raw.</param>
/// <param name="StartTs">Its start TS.</param>
/// <param name="CurrentTs">The present time, against which the age of its lock is taken; the greatest value ends it whatever its age.</param>
internal sealed record TransactionCheck(ReadOnlyMemory<byte> Primary, ulong StartTs, ulong CurrentTs)
{
    /// <summary>The timestamp of the read that met its lock; 0: there is none. TiKV may put the transaction's smallest commit TS above it.</summary>
    public ulong ReadTs { get; init; }

    /// <summary>Where there is neither lock nor record, have TiKV write the record of a rollback, so that the transaction can't be committed any more.</summary>
    public bool RollbackIfMissing { get; init; }

    /// <summary>The lock that was met is a pessimistic one, which doesn't decide anything.</summary>
    public bool IsPessimistic { get; init; }
}
