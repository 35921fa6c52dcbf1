using Binlog.TiDB.Codec;

namespace Binlog.TiDB.Records;

/// <summary>
/// Walks the row changes of one table in the order in which they happened: <c>sequence</c> says which list the next row comes from, and one
/// cursor per list finds it, so nothing is collected. A first pass checks the message and leaves each cursor at the list's first row.
/// </summary>
public ref struct TableMutationReader
{
    private readonly ReadOnlySpan<byte> _source;
    private int _inserted = -1;
    private int _updated = -1;
    private int _deleted = -1;
    private int _sequence = -1;
    private int _packed;
    private int _packedEnd;

    internal TableMutationReader(ReadOnlySpan<byte> source, ByteRange message)
    {
        _source = source[..(message.Offset + message.Length)];
        Survey(message.Offset);
    }

    /// <summary>The table, never a partition.</summary>
    public long TableId { get; private set; }

    /// <summary>Number of row changes.</summary>
    public int RowCount { get; private set; }

    /// <summary>Moves to the next row change; false after the last.</summary>
    /// <exception cref="TiDBFormatException">The list that the sequence names has no more rows.</exception>
    public bool TryReadNext(out RowMutation mutation)
    {
        if (!TryReadKind(out var kind, out var position))
        {
            mutation = default;
            return false;
        }

        var row = kind switch
        {
            (int)MutationType.Insert => Next(ref _inserted, BinlogField.InsertedRows, position),
            (int)MutationType.Update => Next(ref _updated, BinlogField.UpdatedRows, position),
            (int)MutationType.DeleteRow => Next(ref _deleted, BinlogField.DeletedRows, position),
            _ => RefuseKind(kind, position),
        };
        mutation = new RowMutation((MutationType)kind, row.Offset, row.Length);
        return true;
    }

    private readonly ByteRange Next(ref int cursor, int wanted, int position)
    {
        if (cursor >= 0)
        {
            var reader = new ProtoReader(_source, cursor);
            while (reader.TryReadField(out var field))
            {
                if (field == wanted)
                {
                    var row = reader.ReadBytes("row");
                    cursor = reader.Position;
                    return row;
                }

                reader.Skip();
            }
        }

        TableSurvey.RefuseMissing(position, wanted);
        return default;
    }

    private bool TryReadKind(out long kind, out int position)
    {
        if (_packed < _packedEnd)
        {
            position = _packed;
            kind = (long)Varint.ReadUnsigned(_source[.._packedEnd], ref _packed);
            return true;
        }

        position = _sequence;
        if (_sequence >= 0)
        {
            var reader = new ProtoReader(_source, _sequence);
            while (reader.TryReadField(out var field))
            {
                if (field != BinlogField.Sequence)
                {
                    reader.Skip();
                    continue;
                }

                if (reader.Wire == WireType.Varint)
                {
                    kind = reader.ReadInt64("sequence");
                    _sequence = reader.Position;
                    return true;
                }

                var range = reader.ReadBytes("sequence");
                _sequence = reader.Position;
                if (range.Length > 0)
                {
                    (_packed, _packedEnd) = (range.Offset, range.Offset + range.Length);
                    return TryReadKind(out kind, out position);
                }
            }
        }

        kind = 0;
        return false;
    }

    private static ByteRange RefuseKind(long kind, int position)
    {
        TableSurvey.RefuseKind(position, kind);
        return default;
    }

    private void Survey(int offset)
    {
        var reader = new ProtoReader(_source, offset);
        var found = TableSurvey.Of(ref reader);
        (TableId, RowCount) = (found.TableId, found.RowCount);
        (_inserted, _updated, _deleted, _sequence) = (found.Inserted, found.Updated, found.Deleted, found.Sequence);
    }
}
