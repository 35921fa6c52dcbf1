namespace Binlog.Service.Downstream;

/// <summary>What happens to a row.</summary>
internal enum RowChangeKind : byte
{
    /// <summary>A new row; it has new values only.</summary>
    Insert,

    /// <summary>A row that changes; it has old and new values.</summary>
    Update,

    /// <summary>A row that goes; it has old values only.</summary>
    Delete,
}

/// <summary>One row of a <see cref="ChangeBatch"/>. Its values are read through the batch.</summary>
/// <param name="Table">The table as it is at this point of the history.</param>
/// <param name="Kind">What happens to the row.</param>
/// <param name="OldValues">Index of the first old value in the batch; -1 for an insert.</param>
/// <param name="NewValues">Index of the first new value in the batch; -1 for a delete.</param>
/// <param name="CommitTs">Commit TS of the upstream transaction, for messages; of the newest one for a condensed row.</param>
/// <param name="IsOnly">Whether it is known that no other change of the batch concerns this row, or a key that it had or gets, but deletes that stand before it.</param>
/// <param name="IsRepeatable">
/// An insert or delete that the target may have made before: a row that is there is replaced, one that isn't need not be deleted.
/// </param>
internal readonly record struct RowChange(TableSchema Table, RowChangeKind Kind, int OldValues, int NewValues, ulong CommitTs, bool IsOnly = false, bool IsRepeatable = false);
