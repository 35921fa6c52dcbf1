using System.Buffers;

namespace Binlog.TiDB.Records;

/// <summary>Serialized binlogs that consist of timestamps only.</summary>
public static class BinlogPayloads
{
    /// <summary>A commit of row changes or of a DDL job; what is joined with it comes from the prewrite.</summary>
    /// <param name="startTs">Start TS (TSO) of the transaction.</param>
    /// <param name="commitTs">Its commit TS (TSO).</param>
    /// <param name="prewriteKey">The transaction's primary key, from its prewrite; may be empty.</param>
    public static byte[] Commit(ulong startTs, ulong commitTs, ReadOnlySpan<byte> prewriteKey)
    {
        var writer = new ArrayBufferWriter<byte>(32 + prewriteKey.Length);
        BinlogWriter.WriteCommit(writer, startTs, commitTs, prewriteKey);
        return writer.WrittenSpan.ToArray();
    }

    /// <summary>A rollback.</summary>
    /// <param name="startTs">Start TS (TSO) of the transaction.</param>
    public static byte[] Rollback(ulong startTs)
    {
        var writer = new ArrayBufferWriter<byte>(32);
        BinlogWriter.WriteRollback(writer, startTs, default);
        return writer.WrittenSpan.ToArray();
    }

    /// <summary>A fake binlog: a point in time that no later commit is below.</summary>
    /// <param name="ts">The timestamp (TSO).</param>
    public static byte[] Fake(ulong ts)
    {
        var writer = new ArrayBufferWriter<byte>(32);
        BinlogWriter.WriteFake(writer, ts);
        return writer.WrittenSpan.ToArray();
    }
}
