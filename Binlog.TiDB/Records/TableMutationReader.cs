namespace Binlog.TiDB.Records;

/// <summary>
/// Walks the row changes of one table in the order in which they happened: <c>sequence</c> says which list the next row comes from, and one
/// cursor per list finds it, so nothing is collected.
/// </summary>
public ref struct TableMutationReader
{
    private readonly ReadOnlySpan<byte> _source;
    private ProtoReader _inserted;
    private ProtoReader _updated;
    private ProtoReader _deleted;
    private ProtoReader _sequence;
    private ProtoReader _packed;
    private bool _inPacked;

    internal TableMutationReader(ReadOnlySpan<byte> source, ByteRange message)
    {
        _source = source;
        _inserted = new ProtoReader(source, message.Offset, message.Length);
        _updated = _inserted;
        _deleted = _inserted;
        _sequence = _inserted;
        Survey(_inserted, message.Offset);
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
            MutationType.Insert => Next(ref _inserted, BinlogField.InsertedRows, position),
            MutationType.Update => Next(ref _updated, BinlogField.UpdatedRows, position),
            _ => Next(ref _deleted, BinlogField.DeletedRows, position),
        };
        mutation = new RowMutation(kind, row.Offset, row.Length);
        return true;
    }

    private static ByteRange Next(ref ProtoReader cursor, int wanted, int position)
    {
        while (cursor.TryReadField(out var field))
        {
            if (field == wanted)
            {
                return cursor.ReadBytes("row");
            }

            cursor.Skip();
        }

        TiDBFormatException.Throw("table mutation", position, $"a row in field {wanted}", "none left");
        return default;
    }

    private bool TryReadKind(out MutationType kind, out int position)
    {
        while (true)
        {
            if (_inPacked && !_packed.AtEnd)
            {
                position = _packed.Position;
                kind = CheckKind(_packed.ReadPackedVarint(), position);
                return true;
            }

            _inPacked = false;
            position = _sequence.Position;
            if (!_sequence.TryReadField(out var field))
            {
                kind = default;
                return false;
            }

            if (field != BinlogField.Sequence)
            {
                _sequence.Skip();
            }
            else if (_sequence.Wire == WireType.Bytes)
            {
                var range = _sequence.ReadBytes("sequence");
                _packed = new ProtoReader(_source, range.Offset, range.Length);
                _inPacked = true;
            }
            else
            {
                kind = CheckKind(_sequence.ReadInt64("sequence"), position);
                return true;
            }
        }
    }

    private static MutationType CheckKind(long kind, int position)
    {
        if (kind is not ((int)MutationType.Insert or (int)MutationType.Update or (int)MutationType.DeleteRow))
        {
            TiDBFormatException.Throw("table mutation", position, "Insert, Update or DeleteRow in the sequence", $"{kind}");
        }

        return (MutationType)kind;
    }

    private void Survey(ProtoReader reader, int offset)
    {
        var rows = 0;
        var sequence = 0;
        while (reader.TryReadField(out var field))
        {
            switch (field)
            {
                case BinlogField.TableId:
                    TableId = reader.ReadInt64("table_id");
                    break;
                case BinlogField.InsertedRows or BinlogField.UpdatedRows or BinlogField.DeletedRows:
                    reader.ReadBytes("row");
                    rows++;
                    break;
                case BinlogField.DeletedIds or BinlogField.DeletedPks:
                    TiDBFormatException.Throw("table mutation", reader.Position, "deleted rows in field 6", $"the obsolete field {field}");
                    break;
                case BinlogField.Sequence when reader.Wire == WireType.Bytes:
                    var range = reader.ReadBytes("sequence");
                    var packed = new ProtoReader(_source, range.Offset, range.Length);
                    for (; !packed.AtEnd; sequence++)
                    {
                        packed.ReadPackedVarint();
                    }

                    break;
                case BinlogField.Sequence:
                    reader.ReadInt64("sequence");
                    sequence++;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (rows != sequence)
        {
            TiDBFormatException.Throw($"mutation of table {TableId}", offset, $"a sequence of {rows} rows", $"{sequence}");
        }

        RowCount = rows;
    }
}
