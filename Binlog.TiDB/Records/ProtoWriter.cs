using System.Buffers;
using Binlog.TiDB.Codec;

namespace Binlog.TiDB.Records;

/// <summary>Writes protobuf fields.</summary>
internal static class ProtoWriter
{
    public static void WriteVarint(IBufferWriter<byte> writer, int field, ulong value)
    {
        Varint.WriteUnsigned(writer, Tag(field, WireType.Varint));
        Varint.WriteUnsigned(writer, value);
    }

    public static void WriteBytes(IBufferWriter<byte> writer, int field, ReadOnlySpan<byte> value)
    {
        WriteLength(writer, field, value.Length);
        writer.Write(value);
    }

    public static void WriteLength(IBufferWriter<byte> writer, int field, int length)
    {
        Varint.WriteUnsigned(writer, Tag(field, WireType.Bytes));
        Varint.WriteUnsigned(writer, (ulong)length);
    }

    private static ulong Tag(int field, WireType wire) => ((ulong)field << 3) | (ulong)wire;
}
