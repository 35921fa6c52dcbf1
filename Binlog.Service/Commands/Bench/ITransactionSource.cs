namespace Binlog.Service.Commands.Bench;

/// <summary>The transactions of one writer, one after the other. Used by one writer only.</summary>
internal interface ITransactionSource
{
    /// <summary>Begins the next transaction.</summary>
    /// <param name="startTs">Its start TS (TSO).</param>
    /// <returns>Its prewrite binlog; valid until the next call.</returns>
    ReadOnlyMemory<byte> Prewrite(ulong startTs);
}
