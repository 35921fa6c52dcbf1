using System.Buffers;
using Binlog.TiDB.Codec;

namespace Binlog.TiDB.Keys;

/// <summary>Keys of table data in TiKV: <c>'t' EncodeInt(table)</c>, then <c>"_r" EncodeInt(handle)</c> or <c>"_i" EncodeInt(index)</c> and key datums.</summary>
public static class TableKey
{
    /// <summary>Writes what all keys of a table start with.</summary>
    public static void WritePrefix(IBufferWriter<byte> writer, long tableId)
    {
        writer.Write("t"u8);
        ComparableCodec.WriteInt64(writer, tableId);
    }

    /// <summary>Writes the key of a row with an integer handle.</summary>
    public static void WriteRowKey(IBufferWriter<byte> writer, long tableId, long handle)
    {
        WritePrefix(writer, tableId);
        writer.Write("_r"u8);
        ComparableCodec.WriteInt64(writer, handle);
    }

    /// <summary>Writes what all keys of an index start with; the indexed values follow as key datums.</summary>
    public static void WriteIndexPrefix(IBufferWriter<byte> writer, long tableId, long indexId)
    {
        WritePrefix(writer, tableId);
        writer.Write("_i"u8);
        ComparableCodec.WriteInt64(writer, indexId);
    }

    /// <summary>Reads the table out of a row or index key.</summary>
    /// <exception cref="TiDBFormatException">The bytes are no key of table data.</exception>
    public static long ReadTableId(ReadOnlySpan<byte> key)
    {
        if (key.IsEmpty || key[0] != 't')
        {
            TiDBFormatException.Throw("table key", 0, "'t'", key.IsEmpty ? "nothing" : $"0x{key[0]:x2}");
        }

        var position = 1;
        return ComparableCodec.ReadInt64(key, ref position);
    }

    /// <summary>Reads table and handle out of the key of a row with an integer handle.</summary>
    /// <exception cref="TiDBFormatException">The bytes are no such key.</exception>
    public static (long TableId, long Handle) ReadRowKey(ReadOnlySpan<byte> key)
    {
        var tableId = ReadTableId(key);
        var position = 11;
        if (key.Length < position || !key[9..11].SequenceEqual("_r"u8))
        {
            TiDBFormatException.Throw("row key", 9, "\"_r\"", "other bytes");
        }

        var handle = ComparableCodec.ReadInt64(key, ref position);
        if (position != key.Length)
        {
            TiDBFormatException.Throw("row key", position, "the end", $"{key.Length - position} more bytes");
        }

        return (tableId, handle);
    }
}
