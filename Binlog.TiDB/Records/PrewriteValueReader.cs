namespace Binlog.TiDB.Records;

/// <summary>Walks a protobuf <c>binlog.PrewriteValue</c>: the tables that a transaction changed, as it first touched them.</summary>
public ref struct PrewriteValueReader
{
    private readonly ReadOnlySpan<byte> _source;
    private ProtoReader _reader;

    /// <summary>Reads a value that fills its buffer.</summary>
    /// <exception cref="TiDBFormatException">The bytes are no such message.</exception>
    public PrewriteValueReader(ReadOnlySpan<byte> source)
        : this(source, new ByteRange(0, source.Length))
    {
    }

    /// <summary>Reads a value inside a buffer, such as a whole binlog; offsets of rows count from the buffer's start.</summary>
    /// <exception cref="TiDBFormatException">The bytes are no such message.</exception>
    public PrewriteValueReader(ReadOnlySpan<byte> source, ByteRange value)
    {
        _source = source;
        _reader = new ProtoReader(source, value.Offset, value.Length);
        var scan = _reader;
        SchemaVersion = ReadSchemaVersion(ref scan);
    }

    /// <summary>Version of the schema that the rows are encoded under.</summary>
    public long SchemaVersion { get; }

    /// <summary>Walks a whole value, and returns its schema version; 0 when it has none.</summary>
    internal static long ReadSchemaVersion<TReader>(ref TReader reader)
        where TReader : IProtoReader, allows ref struct
    {
        long version = 0;
        while (reader.TryReadField(out var field))
        {
            if (field == BinlogField.ValueSchemaVersion)
            {
                version = reader.ReadInt64("schema_version");
            }
            else
            {
                reader.Skip();
            }
        }

        return version;
    }

    /// <summary>Moves to the next table; false after the last.</summary>
    /// <exception cref="TiDBFormatException">The table's rows and their sequence don't match, or the message is malformed.</exception>
    public bool TryReadTable(out TableMutationReader table)
    {
        while (_reader.TryReadField(out var field))
        {
            if (field == BinlogField.ValueMutations)
            {
                table = new TableMutationReader(_source, _reader.ReadBytes("mutations"));
                return true;
            }

            _reader.Skip();
        }

        table = default;
        return false;
    }
}
