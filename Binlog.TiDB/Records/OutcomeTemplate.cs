using Binlog.TiDB.Codec;

namespace Binlog.TiDB.Records;

/// <summary>
/// Makes a transaction's commit or rollback out of its prewrite, without keeping the prewrite: type and commit TS change, the rows are left out, and
/// everything else (the key, the fields of a DDL job) stays as the writer wrote it. One writer at a time.
/// </summary>
/// <remarks>Source: TiDB, session/binloginfo and kv's two-phase commit: one binlog, of which type, commit TS and prewrite value are set before it is sent again.</remarks>
public sealed class OutcomeTemplate
{
    // Tag and value of the type take two bytes, each timestamp a tag and a varint.
    private const int HeadBytes = 2 + (2 * (1 + Varint.MaxBytes));

    private readonly ulong _startTs;

    /// <summary>Room for the head, which is written against its end, and the fields that stay.</summary>
    private readonly byte[] _bytes;

    private OutcomeTemplate(ulong startTs, byte[] bytes) => (_startTs, _bytes) = (startTs, bytes);

    /// <summary>Takes from a prewrite what its outcome needs.</summary>
    /// <param name="prewrite">A serialized binlog of type prewrite; not needed afterwards.</param>
    /// <param name="startTs">Its start TS (TSO).</param>
    /// <exception cref="TiDBFormatException">The payload is no protobuf message.</exception>
    public static OutcomeTemplate Of(ReadOnlySpan<byte> prewrite, ulong startTs)
    {
        int length = CopyStaying(prewrite, default, measureOnly: true);
        byte[] bytes = new byte[HeadBytes + length];
        CopyStaying(prewrite, bytes.AsSpan(HeadBytes), measureOnly: false);
        return new OutcomeTemplate(startTs, bytes);
    }

    /// <summary>The commit; valid until an outcome is asked for again.</summary>
    /// <param name="commitTs">Commit TS (TSO) of the transaction.</param>
    public ReadOnlyMemory<byte> Commit(ulong commitTs) => Write(BinlogType.Commit, commitTs);

    /// <summary>The rollback, whose commit TS is 0; valid until an outcome is asked for again.</summary>
    public ReadOnlyMemory<byte> Rollback() => Write(BinlogType.Rollback, 0);

    private static int CopyStaying(ReadOnlySpan<byte> prewrite, Span<byte> target, bool measureOnly)
    {
        var reader = new ProtoReader(prewrite, 0);
        int copied = 0;
        for (int start = 0; reader.TryReadField(out int field); start = reader.Position)
        {
            reader.Skip();
            if (field is BinlogField.Type or BinlogField.StartTs or BinlogField.CommitTs or BinlogField.PrewriteValue)
            {
                continue;
            }

            if (!measureOnly)
            {
                prewrite[start..reader.Position].CopyTo(target[copied..]);
            }

            copied += reader.Position - start;
        }

        return copied;
    }

    private ReadOnlyMemory<byte> Write(BinlogType type, ulong commitTs)
    {
        int at = HeadBytes;
        WriteBackwards(ref at, BinlogField.CommitTs, commitTs);
        WriteBackwards(ref at, BinlogField.StartTs, _startTs);
        WriteBackwards(ref at, BinlogField.Type, (ulong)type);
        return _bytes.AsMemory(at);
    }

    private void WriteBackwards(ref int at, int field, ulong value)
    {
        int length = 1;
        for (ulong rest = value; rest >= 0x80; rest >>= 7)
        {
            length++;
        }

        at -= length;
        for (int index = 0; index < length; index++, value >>= 7)
        {
            _bytes[at + index] = (byte)(index < length - 1 ? value | 0x80 : value);
        }

        _bytes[--at] = (byte)((field << 3) | (int)WireType.Varint);
    }
}
