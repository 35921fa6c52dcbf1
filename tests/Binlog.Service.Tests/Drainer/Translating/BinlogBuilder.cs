using System.Buffers;
using System.Text;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Records;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Tests.Drainer.Translating;

/// <summary>Makes merged binlogs of rows with integer and text columns; column IDs count from 1, null values are left out.</summary>
internal sealed class BinlogBuilder(long schemaVersion)
{
    private readonly PrewriteValueWriter _value = new(schemaVersion);

    public static ReadOnlyMemory<byte> Ddl(ulong commitTs, DdlJob job, string query, int schemaState = 0)
    {
        var written = new ArrayBufferWriter<byte>();
        BinlogWriter.WriteDdlCommit(written, commitTs - 1, commitTs, "m"u8, Encoding.UTF8.GetBytes(query), job.Id, schemaState);
        return written.WrittenMemory;
    }

    public BinlogBuilder Table(long tableId)
    {
        _value.BeginTable(tableId);
        return this;
    }

    public BinlogBuilder Insert(long handle, params object?[] values)
    {
        _value.AddInsert(Row(values, handle));
        return this;
    }

    public BinlogBuilder Update(object?[] old, object?[] updated)
    {
        _value.AddUpdate(Row(old), Row(updated));
        return this;
    }

    public BinlogBuilder Delete(params object?[] values)
    {
        _value.AddDelete(Row(values));
        return this;
    }

    /// <summary>The two binlogs joined, as a Pump hands them out.</summary>
    public ReadOnlyMemory<byte> Commit(ulong commitTs)
    {
        (ReadOnlyMemory<byte> prewrite, ReadOnlyMemory<byte> commit) = Parts(commitTs);
        var merged = new ArrayBufferWriter<byte>();
        BinlogWriter.WriteJoined(merged, prewrite.Span, commit.Span);
        return merged.WrittenMemory;
    }

    /// <summary>The two binlogs, as TiDB writes them.</summary>
    public (ReadOnlyMemory<byte> Prewrite, ReadOnlyMemory<byte> Commit) Parts(ulong commitTs)
    {
        var value = new ArrayBufferWriter<byte>();
        _value.WriteTo(value);
        var prewrite = new ArrayBufferWriter<byte>();
        BinlogWriter.WritePrewrite(prewrite, commitTs - 1, "t"u8, value.WrittenSpan);
        var commit = new ArrayBufferWriter<byte>();
        BinlogWriter.WriteCommit(commit, commitTs - 1, commitTs, "t"u8);
        return (prewrite.WrittenMemory, commit.WrittenMemory);
    }

    private static ReadOnlySpan<byte> Row(object?[] values, long? handle = null)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var row = new RowWriter(bytes);
        if (handle is { } given)
        {
            row.WriteHandle(given);
        }

        for (int index = 0; index < values.Length; index++)
        {
            switch (values[index])
            {
                case int number:
                    row.WriteInt64(index + 1, number);
                    break;
                case string text:
                    row.WriteBytes(index + 1, Encoding.UTF8.GetBytes(text));
                    break;
                case DBNull:
                    row.WriteNull(index + 1);
                    break;
            }
        }

        row.Complete();
        return bytes.WrittenSpan;
    }
}
