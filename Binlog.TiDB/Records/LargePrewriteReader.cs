namespace Binlog.TiDB.Records;

/// <summary>
/// <see cref="PrewriteValueReader"/> and <see cref="TableMutationReader"/> for a value that is too large for memory: the same rows in the same order, the
/// same errors. Not thread-safe.
/// </summary>
/// <remarks>
/// The order of a table's rows stands behind the rows, so each of its three lists and the order have a window of their own that moves forward;
/// a first pass finds where they begin. Memory: five windows, however long the value or a row is.
/// </remarks>
public sealed class LargePrewriteReader
{
    /// <summary>Usual length of a window.</summary>
    public const int DefaultWindowBytes = 256 * 1024;

    private readonly ProtoCursor _tables;
    private readonly ProtoCursor _sequence;
    private readonly List _inserted;
    private readonly List _updated;
    private readonly List _deleted;
    private readonly int _end;
    private int _nextTable;
    private int _tableEnd;
    private int _sequenceAt = -1;
    private int _packed;
    private int _packedEnd;

    /// <summary>Reads a value inside a binlog; offsets count from the binlog's start.</summary>
    /// <param name="source">The binlog.</param>
    /// <param name="value">Where the value is.</param>
    /// <param name="windowBytes">Length of each window, at least 64.</param>
    /// <exception cref="TiDBFormatException">The bytes are no such message.</exception>
    public LargePrewriteReader(IByteSource source, ByteRange value, int windowBytes = DefaultWindowBytes)
    {
        ArgumentNullException.ThrowIfNull(source);
        _tables = new ProtoCursor(source, windowBytes);
        _sequence = new ProtoCursor(source, windowBytes);
        _inserted = new List(new ProtoCursor(source, windowBytes), BinlogField.InsertedRows);
        _updated = new List(new ProtoCursor(source, windowBytes), BinlogField.UpdatedRows);
        _deleted = new List(new ProtoCursor(source, windowBytes), BinlogField.DeletedRows);
        _nextTable = value.Offset;
        _end = value.Offset + value.Length;
        var scan = _tables;
        scan.MoveTo(_nextTable, _end);
        SchemaVersion = PrewriteValueReader.ReadSchemaVersion(ref scan);
    }

    /// <summary>Version of the schema that the rows are encoded under.</summary>
    public long SchemaVersion { get; }

    /// <summary>The current table, never a partition.</summary>
    public long TableId { get; private set; }

    /// <summary>Number of row changes of the current table.</summary>
    public int RowCount { get; private set; }

    /// <summary>Moves to the next table, and checks its changes as far as that is possible without decoding rows; false after the last.</summary>
    /// <exception cref="TiDBFormatException">The table's rows and their sequence don't match, or the message is malformed.</exception>
    public bool TryReadTable()
    {
        var reader = _tables;
        reader.MoveTo(_nextTable, _end);
        while (reader.TryReadField(out var field))
        {
            if (field == BinlogField.ValueMutations)
            {
                var message = reader.ReadBytes("mutations");
                _nextTable = reader.Position;
                _tableEnd = message.Offset + message.Length;
                reader.MoveTo(message.Offset, _tableEnd);
                Begin(TableSurvey.Of(ref reader));
                return true;
            }

            reader.Skip();
        }

        _nextTable = _end;
        return false;
    }

    /// <summary>Moves to the next row change of the table; false after the last.</summary>
    /// <param name="mutation">What it is and where its encoded row is, from the start of the binlog.</param>
    /// <exception cref="TiDBFormatException">The list that the sequence names has no more rows.</exception>
    public bool TryReadNext(out RowMutation mutation)
    {
        mutation = default;
        if (!TryReadKind(out var kind, out var position))
        {
            return false;
        }

        if (ListOf(kind) is not { } list)
        {
            TableSurvey.RefuseKind(position, kind);
            return false;
        }

        var row = list.Next(_tableEnd, position);
        mutation = new RowMutation((MutationType)kind, row.Offset, row.Length);
        return true;
    }

    /// <summary>Copies the row that was read last.</summary>
    /// <param name="mutation">What <see cref="TryReadNext"/> gave.</param>
    /// <param name="target">As long as the row.</param>
    public void CopyRow(in RowMutation mutation, Span<byte> target) =>
        ListOf((long)mutation.Kind)?.Cursor.Copy(new ByteRange(mutation.Offset, mutation.Length), target);

    private List? ListOf(long kind) => kind switch
    {
        (long)MutationType.Insert => _inserted,
        (long)MutationType.Update => _updated,
        (long)MutationType.DeleteRow => _deleted,
        _ => null,
    };

    private void Begin(in TableSurvey found)
    {
        (TableId, RowCount) = (found.TableId, found.RowCount);
        (_inserted.At, _updated.At, _deleted.At) = (found.Inserted, found.Updated, found.Deleted);
        (_sequenceAt, _packed, _packedEnd) = (found.Sequence, 0, 0);
    }

    private bool TryReadKind(out long kind, out int position)
    {
        kind = 0;
        position = _packed;
        while (_packed >= _packedEnd)
        {
            position = _sequenceAt;
            if (_sequenceAt < 0 || !TryFindSequence())
            {
                return false;
            }

            if (_sequence.Wire == WireType.Varint)
            {
                kind = _sequence.ReadInt64("sequence");
                _sequenceAt = _sequence.Position;
                return true;
            }

            var range = _sequence.ReadBytes("sequence");
            _sequenceAt = _sequence.Position;
            (_packed, _packedEnd) = (range.Offset, range.Offset + range.Length);
            position = _packed;
        }

        _sequence.MoveTo(_packed, _packedEnd);
        kind = (long)_sequence.ReadVarint();
        _packed = _sequence.Position;
        return true;
    }

    private bool TryFindSequence()
    {
        _sequence.MoveTo(_sequenceAt, _tableEnd);
        while (_sequence.TryReadField(out var field))
        {
            if (field == BinlogField.Sequence)
            {
                return true;
            }

            _sequence.Skip();
        }

        return false;
    }

    /// <summary>The rows of one kind.</summary>
    private sealed class List(ProtoCursor cursor, int wanted)
    {
        public ProtoCursor Cursor => cursor;

        /// <summary>Where the search for the next row begins; -1 when there is none.</summary>
        public int At { get; set; }

        public ByteRange Next(int end, int position)
        {
            if (At >= 0)
            {
                cursor.MoveTo(At, end);
                while (cursor.TryReadField(out var field))
                {
                    if (field == wanted)
                    {
                        var row = cursor.ReadBytes("row");
                        At = cursor.Position;
                        return row;
                    }

                    cursor.Skip();
                }
            }

            TableSurvey.RefuseMissing(position, wanted);
            return default;
        }
    }
}
