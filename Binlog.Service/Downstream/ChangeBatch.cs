using System.Runtime.CompilerServices;
using Binlog.Service.Downstream.Condensing;
using Binlog.TiDB.Codec;

namespace Binlog.Service.Downstream;

/// <summary>
/// The row changes of one or more whole upstream transactions, in commit order, as decoded values that refer to the bytes
/// they came in. Reused from batch to batch, so that applying rows allocates nothing per row.
/// </summary>
/// <remarks>Filled by the translator, read by one target. Not thread-safe.</remarks>
internal sealed class ChangeBatch
{
    private RowChange[] _rows = new RowChange[256];
    private Datum[] _values = new Datum[4096];
    private byte[] _source = new byte[64 * 1024];
    private int _rowCount;
    private int _valueCount;
    private int _sourceLength;

    /// <summary>The rows, in the order in which they must take effect.</summary>
    public ReadOnlySpan<RowChange> Rows => _rows.AsSpan(0, _rowCount);

    /// <summary>The bytes that values refer to by offset and length.</summary>
    public ReadOnlySpan<byte> Source => _source.AsSpan(0, _sourceLength);

    /// <summary>Number of upstream transactions in the batch, those without rows included.</summary>
    public int Transactions { get; set; }

    /// <summary>Bytes held, for limits on a batch.</summary>
    public int SourceBytes => _sourceLength;

    /// <summary>Bytes of memory that rows, values and source take, about.</summary>
    public long MemoryBytes => _sourceLength + ((long)_valueCount * Unsafe.SizeOf<Datum>()) + ((long)_rowCount * Unsafe.SizeOf<RowChange>());

    /// <summary>The row's old values, in the order of its table's columns. Updates and deletes only.</summary>
    public ReadOnlySpan<Datum> Old(in RowChange row) => _values.AsSpan(row.OldValues, row.Table.Columns.Length);

    /// <summary>The row's new values, in the order of its table's columns. Inserts and updates only.</summary>
    public ReadOnlySpan<Datum> New(in RowChange row) => _values.AsSpan(row.NewValues, row.Table.Columns.Length);

    /// <summary>Makes room for source bytes and returns the offset at which they stand; fill <see cref="SourceAt"/>.</summary>
    public int AddSource(int length)
    {
        int offset = _sourceLength;
        Grow(ref _source, checked(offset + length));
        _sourceLength += length;
        return offset;
    }

    /// <summary>Source bytes, to be filled.</summary>
    public Span<byte> SourceAt(int offset, int length) => _source.AsSpan(offset, length);

    /// <summary>Copies bytes into the batch and returns the offset at which they stand in <see cref="Source"/>.</summary>
    public int AddSource(ReadOnlySpan<byte> bytes)
    {
        int offset = _sourceLength;
        Grow(ref _source, checked(offset + bytes.Length));
        bytes.CopyTo(_source.AsSpan(offset));
        _sourceLength += bytes.Length;
        return offset;
    }

    /// <summary>Makes room for <paramref name="count"/> values and returns the index of the first. Spans taken before are stale afterwards.</summary>
    public int AddValues(int count)
    {
        int first = _valueCount;
        Grow(ref _values, checked(first + count));
        _valueCount += count;
        return first;
    }

    /// <summary>The values from <paramref name="first"/> on, to be filled.</summary>
    public Span<Datum> Values(int first, int count) => _values.AsSpan(first, count);

    /// <summary>Appends a row whose values have been added.</summary>
    public void AddRow(in RowChange row)
    {
        Grow(ref _rows, _rowCount + 1);
        _rows[_rowCount++] = row;
    }

    /// <summary>Appends a copy of another batch's row, with its values and their bytes.</summary>
    public void AddCopy(ChangeBatch from, in RowChange row) => AddRow(row with
    {
        OldValues = row.OldValues < 0 ? -1 : CopyValues(from, from.Old(row)),
        NewValues = row.NewValues < 0 ? -1 : CopyValues(from, from.New(row)),
    });

    /// <summary>Puts other rows, with values of this batch, in the place of those that were added.</summary>
    public void SetRows(ReadOnlySpan<RowChange> rows)
    {
        _rows.AsSpan(0, _rowCount).Clear();
        Grow(ref _rows, rows.Length);
        rows.CopyTo(_rows);
        _rowCount = rows.Length;
    }

    /// <summary>Empties the batch; its memory is kept for the next one.</summary>
    public void Clear()
    {
        _rows.AsSpan(0, _rowCount).Clear();
        _rowCount = _valueCount = _sourceLength = 0;
        Transactions = 0;
    }

    private int CopyValues(ChangeBatch from, ReadOnlySpan<Datum> values)
    {
        int first = AddValues(values.Length);
        for (int index = 0; index < values.Length; index++)
        {
            Datum value = values[index];
            _values[first + index] = KeyValues.RefersToBytes(value.Kind)
                ? Datum.FromRange(value.Kind, AddSource(value.PayloadOf(from.Source)), value.Length)
                : value;
        }

        return first;
    }

    private static void Grow<T>(ref T[] array, int needed)
    {
        if (needed > array.Length)
        {
            Array.Resize(ref array, (int)Math.Min(Array.MaxLength, Math.Max((long)needed, 2L * array.Length)));
        }
    }
}
