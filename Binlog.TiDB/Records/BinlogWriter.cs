using System.Buffers;

namespace Binlog.TiDB.Records;

/// <summary>Writes protobuf <c>binlog.Binlog</c> records with the fields and in the order that TiDB writes them.</summary>
public static class BinlogWriter
{
    // Fields that a prewrite contributes to its commit when Pump serves the pair (tidb-binlog, pump/storage: PullCommitBinlog).
    private const uint JoinedFields =
        1u << BinlogField.PrewriteValue | 1u << BinlogField.DdlQuery | 1u << BinlogField.DdlJobId | 1u << BinlogField.DdlSchemaState;

    /// <summary>A prewrite of row changes.</summary>
    public static void WritePrewrite(IBufferWriter<byte> writer, ulong startTs, ReadOnlySpan<byte> prewriteKey, ReadOnlySpan<byte> prewriteValue)
    {
        WriteHead(writer, BinlogType.Prewrite, startTs, 0, prewriteKey);
        ProtoWriter.WriteBytes(writer, BinlogField.PrewriteValue, prewriteValue);
        ProtoWriter.WriteVarint(writer, BinlogField.DdlJobId, 0);
    }

    /// <summary>A prewrite of a DDL job.</summary>
    /// <param name="writer">Gets the record.</param>
    /// <param name="startTs">Start TS of the transaction that finishes the job.</param>
    /// <param name="prewriteKey">A meta key.</param>
    /// <param name="query">The statement.</param>
    /// <param name="jobId">Above 0.</param>
    /// <param name="schemaState">State that the job reached; 0 is not written, as before TiDB said it.</param>
    public static void WriteDdlPrewrite(
        IBufferWriter<byte> writer, ulong startTs, ReadOnlySpan<byte> prewriteKey, ReadOnlySpan<byte> query, long jobId, int schemaState = 0)
    {
        WriteHead(writer, BinlogType.Prewrite, startTs, 0, prewriteKey);
        WriteDdl(writer, query, jobId, schemaState);
    }

    /// <summary>A commit of row changes.</summary>
    public static void WriteCommit(IBufferWriter<byte> writer, ulong startTs, ulong commitTs, ReadOnlySpan<byte> prewriteKey)
    {
        WriteHead(writer, BinlogType.Commit, startTs, commitTs, prewriteKey);
        ProtoWriter.WriteVarint(writer, BinlogField.DdlJobId, 0);
    }

    /// <summary>A commit of a DDL job; parameters as in <see cref="WriteDdlPrewrite"/>.</summary>
    public static void WriteDdlCommit(
        IBufferWriter<byte> writer,
        ulong startTs,
        ulong commitTs,
        ReadOnlySpan<byte> prewriteKey,
        ReadOnlySpan<byte> query,
        long jobId,
        int schemaState = 0)
    {
        WriteHead(writer, BinlogType.Commit, startTs, commitTs, prewriteKey);
        WriteDdl(writer, query, jobId, schemaState);
    }

    /// <summary>A rollback; its commit TS is 0.</summary>
    public static void WriteRollback(IBufferWriter<byte> writer, ulong startTs, ReadOnlySpan<byte> prewriteKey)
    {
        WriteHead(writer, BinlogType.Rollback, startTs, 0, prewriteKey);
        ProtoWriter.WriteVarint(writer, BinlogField.DdlJobId, 0);
    }

    /// <summary>A record that says only that a Pump has everything up to <paramref name="ts"/>.</summary>
    public static void WriteFake(IBufferWriter<byte> writer, ulong ts)
    {
        WriteHead(writer, BinlogType.Rollback, ts, ts, default);
        ProtoWriter.WriteVarint(writer, BinlogField.DdlJobId, 0);
    }

    /// <summary>
    /// A commit as Pump serves it: the commit's fields, with the rows or the DDL of its prewrite. Fields are copied, rows not decoded.
    /// </summary>
    /// <exception cref="TiDBFormatException">One of the payloads is no protobuf message.</exception>
    public static void WriteJoined(IBufferWriter<byte> writer, ReadOnlySpan<byte> prewrite, ReadOnlySpan<byte> commit)
    {
        ArgumentNullException.ThrowIfNull(writer);
        CopyFields(writer, commit, joined: false);
        CopyFields(writer, prewrite, joined: true);
    }

    /// <summary>Length in bytes of what <see cref="WriteJoined(IBufferWriter{byte}, ReadOnlySpan{byte}, ReadOnlySpan{byte})"/> writes.</summary>
    /// <exception cref="TiDBFormatException">One of the payloads is no protobuf message.</exception>
    public static int MeasureJoined(ReadOnlySpan<byte> prewrite, ReadOnlySpan<byte> commit) =>
        checked(CopyFields(null, commit, joined: false) + CopyFields(null, prewrite, joined: true));

    /// <summary>Writes what <see cref="WriteJoined(IBufferWriter{byte}, ReadOnlySpan{byte}, ReadOnlySpan{byte})"/> writes, into memory of the measured length.</summary>
    /// <param name="target">At least as long as <see cref="MeasureJoined"/> says.</param>
    /// <param name="prewrite">The prewrite's payload.</param>
    /// <param name="commit">The commit's payload.</param>
    /// <returns>How many bytes were written.</returns>
    /// <exception cref="TiDBFormatException">One of the payloads is no protobuf message.</exception>
    public static int WriteJoined(Span<byte> target, ReadOnlySpan<byte> prewrite, ReadOnlySpan<byte> commit)
    {
        int count = CopyFieldsTo(target, commit, joined: false);
        return count + CopyFieldsTo(target[count..], prewrite, joined: true);
    }

    /// <summary>Whether a joined binlog takes this field from the prewrite, not from the commit.</summary>
    internal static bool IsJoined(int field) => field < 32 && (JoinedFields >> field & 1) != 0;

    private static int CopyFieldsTo(Span<byte> target, ReadOnlySpan<byte> payload, bool joined)
    {
        var reader = new ProtoReader(payload, 0, payload.Length);
        int copied = 0;
        for (int start = 0; reader.TryReadField(out int field); start = reader.Position)
        {
            reader.Skip();
            if (IsJoined(field) == joined)
            {
                payload[start..reader.Position].CopyTo(target[copied..]);
                copied += reader.Position - start;
            }
        }

        return copied;
    }

    private static int CopyFields(IBufferWriter<byte>? writer, ReadOnlySpan<byte> payload, bool joined)
    {
        var reader = new ProtoReader(payload, 0, payload.Length);
        var copied = 0;
        for (var start = 0; reader.TryReadField(out var field); start = reader.Position)
        {
            reader.Skip();
            if (IsJoined(field) == joined)
            {
                writer?.Write(payload[start..reader.Position]);
                copied += reader.Position - start;
            }
        }

        return copied;
    }

    private static void WriteHead(IBufferWriter<byte> writer, BinlogType type, ulong startTs, ulong commitTs, ReadOnlySpan<byte> prewriteKey)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ProtoWriter.WriteVarint(writer, BinlogField.Type, (ulong)type);
        ProtoWriter.WriteVarint(writer, BinlogField.StartTs, startTs);
        ProtoWriter.WriteVarint(writer, BinlogField.CommitTs, commitTs);
        if (!prewriteKey.IsEmpty)
        {
            ProtoWriter.WriteBytes(writer, BinlogField.PrewriteKey, prewriteKey);
        }
    }

    private static void WriteDdl(IBufferWriter<byte> writer, ReadOnlySpan<byte> query, long jobId, int schemaState)
    {
        ProtoWriter.WriteBytes(writer, BinlogField.DdlQuery, query);
        ProtoWriter.WriteVarint(writer, BinlogField.DdlJobId, (ulong)jobId);
        if (schemaState != 0)
        {
            ProtoWriter.WriteVarint(writer, BinlogField.DdlSchemaState, (ulong)schemaState);
        }
    }
}
