namespace Binlog.Service.Downstream.Condensing;

/// <summary>What happened to one row of a table from the begin of a batch to its end.</summary>
internal struct RowChain
{
    /// <summary>Index in the batch of the values that the row had before it; -1 when it did not exist.</summary>
    public int OldValues;

    /// <summary>Index in the batch of the values that it has after it; -1 when it is gone.</summary>
    public int NewValues;

    /// <summary>Commit TS of the newest change.</summary>
    public ulong CommitTs;

    /// <summary>Hash of the key under which it is found.</summary>
    public int Hash;

    /// <summary>The next chain in the same bucket; -1 for none.</summary>
    public int Next;

    /// <summary>Whether the row exists at the end.</summary>
    public readonly bool IsLive => NewValues >= 0;

    /// <summary>Index of the values whose key it is found under: the newest that it had.</summary>
    public int KeyValues;
}
