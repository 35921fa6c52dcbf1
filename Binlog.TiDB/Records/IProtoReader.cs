namespace Binlog.TiDB.Records;

/// <summary>Walks the fields of one protobuf message, wherever its bytes are. Every method throws <see cref="TiDBFormatException"/> for bytes that are no such message.</summary>
internal interface IProtoReader
{
    /// <summary>Where the next field, or the current one's value, begins.</summary>
    int Position { get; }

    /// <summary>Form of the current field's value.</summary>
    WireType Wire { get; }

    /// <summary>Moves to the next field; false at the end of the message.</summary>
    bool TryReadField(out int field);

    /// <summary>Reads the value of an integer field.</summary>
    long ReadInt64(string what);

    /// <summary>Passes the value of a field of bytes, and says where it is.</summary>
    ByteRange ReadBytes(string what);

    /// <summary>Passes bytes of a fixed number.</summary>
    void Advance(int count);

    /// <summary>Passes the value of any field.</summary>
    void Skip();

    /// <summary>Counts integers that stand one behind the other; the position stays.</summary>
    int CountVarints(ByteRange packed);
}
