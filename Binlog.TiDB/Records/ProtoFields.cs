namespace Binlog.TiDB.Records;

/// <summary>What protobuf says about fields, wherever their bytes are. Source: protobuf's "Encoding" page.</summary>
internal static class ProtoFields
{
    /// <summary>Takes a field's tag apart.</summary>
    /// <param name="tag">The tag.</param>
    /// <param name="position">Where it begins.</param>
    /// <param name="wire">Form of the field's value.</param>
    /// <exception cref="TiDBFormatException">There is no such field number.</exception>
    public static int NumberOf(ulong tag, int position, out WireType wire)
    {
        wire = (WireType)(tag & 7);
        if (tag >> 3 is 0 or > 0x1fffffff)
        {
            TiDBFormatException.Throw("protobuf field", position, "a field number of 1 to 536870911", $"{tag >> 3}");
        }

        return (int)(tag >> 3);
    }

    /// <summary>Says where bytes are of which the length was read.</summary>
    /// <param name="what">What they are, for messages.</param>
    /// <param name="lengthAt">Where the length begins.</param>
    /// <param name="length">The length.</param>
    /// <param name="position">Where the bytes begin.</param>
    /// <param name="end">Where the message ends.</param>
    /// <exception cref="TiDBFormatException">The message ends before.</exception>
    public static ByteRange RangeOf(string what, int lengthAt, ulong length, int position, int end)
    {
        if (length > (ulong)(end - position))
        {
            TiDBFormatException.ThrowTruncated(what, lengthAt, (long)Math.Min(length, long.MaxValue), end - position);
        }

        return new ByteRange(position, (int)length);
    }

    /// <summary>Passes the value of a field of any form.</summary>
    /// <exception cref="TiDBFormatException">There is no such form, or the message ends before.</exception>
    public static void Skip<TReader>(ref TReader reader)
        where TReader : IProtoReader, allows ref struct
    {
        switch (reader.Wire)
        {
            case WireType.Varint:
                reader.ReadInt64("protobuf field");
                break;
            case WireType.Bytes:
                reader.ReadBytes("protobuf field");
                break;
            case WireType.Fixed32:
                reader.Advance(4);
                break;
            case WireType.Fixed64:
                reader.Advance(8);
                break;
            default:
                TiDBFormatException.Throw("protobuf field", reader.Position, "wire type 0, 1, 2 or 5", $"{(int)reader.Wire}");
                break;
        }
    }

    /// <summary>Sees to it that a field has the form that it must have.</summary>
    /// <exception cref="TiDBFormatException">It has not.</exception>
    public static void Expect(WireType expected, WireType found, string what, int position)
    {
        if (found != expected)
        {
            TiDBFormatException.Throw(what, position, $"wire type {(int)expected}", $"{(int)found}");
        }
    }
}
