using System.Buffers;

namespace Binlog.TiDB.Codec;

/// <summary>
/// Writes a row in TiDB's first format, the only one that binlogs use: pairs of column id and value, or the single byte 0 without columns.
/// </summary>
/// <remarks>For an inserted row call <see cref="WriteHandle(long)"/> first. Call <see cref="Complete"/> after the last column.</remarks>
public struct RowWriter
{
    private readonly IBufferWriter<byte> _writer;
    private bool _hasColumns;

    /// <summary>Starts a row.</summary>
    public RowWriter(IBufferWriter<byte> writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        _writer = writer;
    }

    /// <summary>The integer handle that an inserted row starts with.</summary>
    public readonly void WriteHandle(long handle) => DatumWriter.WriteInt64(_writer, handle);

    /// <summary>Writes a column's id and gives the writer for exactly one value datum, to be written with <see cref="DatumWriter"/>.</summary>
    public IBufferWriter<byte> BeginColumn(long columnId)
    {
        _hasColumns = true;
        DatumWriter.WriteInt64(_writer, columnId);
        return _writer;
    }

    /// <summary>A column that is NULL.</summary>
    public void WriteNull(long columnId) => DatumWriter.WriteNull(BeginColumn(columnId));

    /// <summary>A signed integer, a YEAR, or a TIME in nanoseconds.</summary>
    public void WriteInt64(long columnId, long value) => DatumWriter.WriteInt64(BeginColumn(columnId), value);

    /// <summary>An unsigned integer, a packed time, an enum, set or bit value.</summary>
    public void WriteUInt64(long columnId, ulong value) => DatumWriter.WriteUInt64(BeginColumn(columnId), value);

    /// <summary>A float or double.</summary>
    public void WriteDouble(long columnId, double value) => DatumWriter.WriteDouble(BeginColumn(columnId), value);

    /// <summary>A string or binary value.</summary>
    public void WriteBytes(long columnId, ReadOnlySpan<byte> value) => DatumWriter.WriteBytes(BeginColumn(columnId), value);

    /// <summary>A value that was read from <paramref name="source"/>.</summary>
    public void Write(long columnId, in Datum value, ReadOnlySpan<byte> source) => DatumWriter.Write(BeginColumn(columnId), value, source);

    /// <summary>Ends the row.</summary>
    public readonly void Complete()
    {
        if (!_hasColumns)
        {
            DatumWriter.WriteNull(_writer);
        }
    }
}
