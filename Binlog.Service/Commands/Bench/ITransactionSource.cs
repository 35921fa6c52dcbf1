namespace Binlog.Service.Commands.Bench;

/// <summary>The transactions of one writer, one after the other. Used by one writer only.</summary>
internal interface ITransactionSource
{
    /// <summary>Begins the next transaction.</summary>
    /// <param name="startTs">Its start TS (TSO).</param>
    /// <returns>Its prewrite binlog; valid until the next call.</returns>
    ReadOnlyMemory<byte> Prewrite(ulong startTs);

    /// <summary>Ends the transaction that <see cref="Prewrite"/> began.</summary>
    /// <param name="startTs">The same start TS.</param>
    /// <param name="commitTs">Its commit TS (TSO).</param>
    /// <returns>Its commit binlog; valid until the next call.</returns>
    ReadOnlyMemory<byte> Commit(ulong startTs, ulong commitTs);
}
