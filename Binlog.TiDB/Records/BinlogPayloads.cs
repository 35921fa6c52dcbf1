using System.Buffers;
using System.Text;
using Binlog.TiDB.Keys;
using Binlog.TiDB.Schema;

namespace Binlog.TiDB.Records;

/// <summary>Serialized binlogs, as what writes to Pumps needs them.</summary>
public static class BinlogPayloads
{
    /// <summary>A prewrite of row changes.</summary>
    /// <param name="startTs">Start TS (TSO) of the transaction.</param>
    /// <param name="prewriteKey">The transaction's primary key, as <see cref="TableKey"/> writes it.</param>
    /// <param name="prewriteValue">The row changes, as <see cref="PrewriteValueWriter"/> writes them.</param>
    public static byte[] Prewrite(ulong startTs, ReadOnlySpan<byte> prewriteKey, ReadOnlySpan<byte> prewriteValue)
    {
        var writer = new ArrayBufferWriter<byte>(64 + prewriteKey.Length + prewriteValue.Length);
        BinlogWriter.WritePrewrite(writer, startTs, prewriteKey, prewriteValue);
        return writer.WrittenSpan.ToArray();
    }

    /// <summary>A prewrite of a DDL job.</summary>
    /// <param name="startTs">Start TS (TSO) of the transaction that finishes the job.</param>
    /// <param name="query">The statement.</param>
    /// <param name="jobId">ID of the job; above 0.</param>
    /// <param name="schemaState">State that the job reached; 0 isn't written, as before TiDB said it.</param>
    public static byte[] DdlPrewrite(ulong startTs, string query, long jobId, SchemaState schemaState)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfLessThan(jobId, 1);
        var writer = new ArrayBufferWriter<byte>(128 + query.Length);
        BinlogWriter.WriteDdlPrewrite(writer, startTs, MetaKey.ForDdlJob(jobId), Encoding.UTF8.GetBytes(query), jobId, (int)schemaState);
        return writer.WrittenSpan.ToArray();
    }

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
