using Binlog.TiDB.Schema;

namespace Binlog.TiDB.Codec;

/// <summary>
/// Decodes the rows of one table as of one schema version. Build it once per table; it is immutable, safe for any number of threads, and
/// allocates nothing per row.
/// </summary>
/// <remarks>
/// A row is pairs of column id and value, or the single byte 0 when it has none; or it is in the newer format (<see cref="CompactRow"/>). Values come out in the order of <see cref="Columns"/>.
/// Integers are handed on in the kind of their column (unsigned columns UInt64, TIME as Duration), NULL as Null, absent columns as
/// Missing. Ids that name no public column are skipped, among them -1, the hidden row id.
/// </remarks>
public sealed class RowDecoder
{
    private readonly ColumnSlots _slots;
    private readonly int[] _handleSlots;
    private readonly DefaultValue?[] _defaults;
    private readonly TableInfo? _previous;

    /// <summary>Prepares the decoding of a table's rows.</summary>
    /// <param name="table">The table as of the schema version of the rows.</param>
    /// <param name="previous">The table before its last change, which knows better what a column that a row lacks meant; or null.</param>
    /// <exception cref="TiDBFormatException">The table contradicts itself, such as a handle without its column.</exception>
    public RowDecoder(TableInfo table, TableInfo? previous = null)
    {
        ArgumentNullException.ThrowIfNull(table);
        Table = table;
        _previous = previous;
        Columns = [.. table.Columns.Where(column => column.IsPublic && !column.Hidden)];
        _slots = new ColumnSlots(Columns);
        _handleSlots = HandleSlots(table, _slots);
        _defaults = new DefaultValue?[Columns.Count];
    }

    /// <summary>The table that was given.</summary>
    public TableInfo Table { get; }

    /// <summary>The public columns that users see, in table order.</summary>
    public IReadOnlyList<ColumnInfo> Columns { get; }

    /// <summary>Number of <see cref="Columns"/>, and of the datums that decoding fills.</summary>
    public int ColumnCount => Columns.Count;

    /// <summary>What a Missing value of a column stands for; computed once.</summary>
    /// <exception cref="TiDBFormatException">The column's origin default can't be read.</exception>
    public DefaultValue DefaultOf(int column)
    {
        if (_defaults[column] is { } known)
        {
            return known;
        }

        var current = Columns[column];
        var value = DefaultValues.ForMissing(_previous?.Columns.FirstOrDefault(old => old.Id == current.Id) ?? current);
        return Interlocked.CompareExchange(ref _defaults[column], value, null) ?? value;
    }

    /// <summary>Decodes an element of inserted_rows: handle, then row. The handle fills the primary key's columns.</summary>
    /// <param name="source">The buffer; offsets of the datums count from its start.</param>
    /// <param name="offsetOfRow">Where the element starts.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="values">At least <see cref="ColumnCount"/> datums, which are overwritten.</param>
    /// <exception cref="TiDBFormatException">The element is malformed or does not fit the table.</exception>
    public void DecodeInsert(ReadOnlySpan<byte> source, int offsetOfRow, int length, Span<Datum> values)
    {
        values = values[.._slots.Count];
        values.Clear();
        var reader = new DatumReader(source, offsetOfRow, length);
        bool hasHandle = ReadHandle(ref reader, values);
        ReadRow(ref reader, source[..(offsetOfRow + length)], values, hasHandle);
    }

    /// <summary>Decodes an element of deleted_rows.</summary>
    /// <inheritdoc cref="DecodeInsert"/>
    public void DecodeDelete(ReadOnlySpan<byte> source, int offsetOfRow, int length, Span<Datum> values)
    {
        values = values[.._slots.Count];
        values.Clear();
        var reader = new DatumReader(source, offsetOfRow, length);
        ReadRow(ref reader, source[..(offsetOfRow + length)], values, hasHandle: false);
    }

    /// <summary>Decodes an element of updated_rows: the old row, then the new one, with the same columns.</summary>
    /// <param name="source">The buffer; offsets of the datums count from its start.</param>
    /// <param name="offsetOfRow">Where the element starts.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="oldValues">At least <see cref="ColumnCount"/> datums, which are overwritten.</param>
    /// <param name="newValues">As <paramref name="oldValues"/>.</param>
    /// <exception cref="TiDBFormatException">The element is malformed or does not fit the table.</exception>
    public void DecodeUpdate(ReadOnlySpan<byte> source, int offsetOfRow, int length, Span<Datum> oldValues, Span<Datum> newValues)
    {
        oldValues = oldValues[.._slots.Count];
        newValues = newValues[.._slots.Count];
        oldValues.Clear();
        newValues.Clear();
        var reader = new DatumReader(source, offsetOfRow, length);
        if (IsCompact(reader))
        {
            int end = ReadCompact(source[..(offsetOfRow + length)], offsetOfRow, oldValues, hasHandle: false);
            RequireEnd(offsetOfRow + length, ReadCompact(source[..(offsetOfRow + length)], end, newValues, hasHandle: false));
            return;
        }

        var expected = 0;
        var balance = 0;
        while (!reader.End)
        {
            if (IsEmptyRow(ref reader))
            {
                continue;
            }

            var slot = _slots.Find(reader.ReadColumnId(), ref expected);
            if (slot < 0)
            {
                reader.Skip();
                continue;
            }

            var position = reader.Position;
            var value = _slots.Accept(slot, reader.Read(), position);
            if (oldValues[slot].IsMissing)
            {
                oldValues[slot] = value;
                balance++;
            }
            else if (newValues[slot].IsMissing)
            {
                newValues[slot] = value;
                balance--;
            }
            else
            {
                ThrowRepeated(slot, position);
            }
        }

        if (balance != 0)
        {
            TiDBFormatException.Throw($"updated row of {Table.Name}", offsetOfRow, "every column twice", $"{balance} columns once");
        }
    }

    private static int[] HandleSlots(TableInfo table, ColumnSlots slots)
    {
        if (table.PkIsHandle)
        {
            var key = table.Columns.FirstOrDefault(column => column.Type.IsPrimaryKey)
                ?? throw new TiDBFormatException($"TableInfo of {table.Name}", 0, "a primary key column, as pk_is_handle says", "none");
            return [slots.IndexOf(key.Id)];
        }

        if (!table.IsCommonHandle)
        {
            return [-1];
        }

        var primary = table.Indexes.FirstOrDefault(index => index.IsPrimary)
            ?? throw new TiDBFormatException($"TableInfo of {table.Name}", 0, "a primary index, as is_common_handle says", "none");
        return [.. primary.Columns.Select(part => part.IsPrefix ? -1 : slots.IndexOf(ColumnAt(table, part).Id))];
    }

    private static ColumnInfo ColumnAt(TableInfo table, IndexColumn part) => (uint)part.Offset < (uint)table.Columns.Count
        ? table.Columns[part.Offset]
        : throw new TiDBFormatException($"TableInfo of {table.Name}", 0, $"at least {part.Offset + 1} columns", $"{table.Columns.Count}");

    private bool ReadHandle(ref DatumReader reader, Span<Datum> values)
    {
        var any = false;
        foreach (var slot in _handleSlots)
        {
            var position = reader.Position;
            var value = reader.Read();
            if (slot >= 0)
            {
                values[slot] = _slots.AcceptHandle(slot, value, position);
                any = true;
            }
        }

        return any;
    }

    private void ReadRow(ref DatumReader reader, ReadOnlySpan<byte> source, Span<Datum> values, bool hasHandle)
    {
        if (IsCompact(reader))
        {
            RequireEnd(source.Length, ReadCompact(source, reader.Position, values, hasHandle));
            return;
        }

        if (IsEmptyRow(ref reader))
        {
            if (!reader.End)
            {
                TiDBFormatException.Throw($"row of {Table.Name}", reader.Position, "the end after the mark of an empty row", $"{reader.Remaining} bytes");
            }

            return;
        }

        var expected = 0;
        while (!reader.End)
        {
            var slot = _slots.Find(reader.ReadColumnId(), ref expected);
            if (slot < 0)
            {
                reader.Skip();
                continue;
            }

            var position = reader.Position;
            if (!values[slot].IsMissing && !(hasHandle && _handleSlots.Contains(slot)))
            {
                ThrowRepeated(slot, position);
            }

            values[slot] = _slots.Accept(slot, reader.Read(), position);
        }
    }

    /// <summary>Reads a row of the newer format and returns where it ends.</summary>
    private int ReadCompact(ReadOnlySpan<byte> source, int offset, Span<Datum> values, bool hasHandle)
    {
        if (offset >= source.Length || source[offset] != CompactRow.Version)
        {
            TiDBFormatException.Throw($"updated row of {Table.Name}", offset, "a second row of version 128", offset < source.Length ? $"0x{source[offset]:x2}" : "the end");
        }

        var row = new CompactRow(source, offset);
        for (var index = 0; index < row.ValueCount + row.NullCount; index++)
        {
            var slot = _slots.IndexOf(row.IdOf(index));
            if (slot < 0)
            {
                continue;
            }

            var (start, length) = index < row.ValueCount ? row.RangeOf(index) : (offset, 0);
            if (!values[slot].IsMissing && !(hasHandle && _handleSlots.Contains(slot)))
            {
                ThrowRepeated(slot, start);
            }

            values[slot] = index < row.ValueCount ? CompactValue.Read(source, start, length, Columns[slot].Type) : Datum.Null;
        }

        return row.End;
    }

    private void RequireEnd(int expected, int end)
    {
        if (end != expected)
        {
            TiDBFormatException.Throw($"row of {Table.Name}", end, "the end after a row of version 128", $"{expected - end} bytes");
        }
    }

    private static bool IsCompact(in DatumReader reader) => !reader.End && reader.NextFlag == CompactRow.Version;

    private static bool IsEmptyRow(ref DatumReader reader)
    {
        if (reader.End || reader.NextFlag != (byte)DatumFlag.Null)
        {
            return false;
        }

        reader.Skip();
        return true;
    }

    private void ThrowRepeated(int slot, int position) =>
        TiDBFormatException.Throw($"row of {Table.Name}", position, $"column {Columns[slot].Name} no more often", "another value");
}
