namespace Binlog.TiDB.Records;

/// <summary>
/// What a protobuf <c>binlog.Binlog</c> says besides its rows. Long fields stay in the payload that was parsed.
/// </summary>
public readonly record struct BinlogHeader
{
    /// <summary>Kind of the record.</summary>
    public BinlogType Type { get; init; }

    /// <summary>Start TS of the transaction.</summary>
    public ulong StartTs { get; init; }

    /// <summary>Commit TS of a commit; 0 for prewrite and rollback.</summary>
    public ulong CommitTs { get; init; }

    /// <summary>DDL job, or 0 for row changes.</summary>
    public long DdlJobId { get; init; }

    /// <summary>Schema state that the DDL job had reached; 0 from TiDB versions that don't say.</summary>
    public int DdlSchemaState { get; init; }

    /// <summary>The transaction's primary key in TiKV.</summary>
    public ByteRange PrewriteKey { get; init; }

    /// <summary>The row changes, for <see cref="PrewriteValueReader"/>.</summary>
    public ByteRange PrewriteValue { get; init; }

    /// <summary>The DDL statement.</summary>
    public ByteRange DdlQuery { get; init; }

    /// <summary>A record that Pump made up to show how far it is: a rollback whose start and commit TS are one TSO.</summary>
    public bool IsFake => Type == BinlogType.Rollback && StartTs == CommitTs && StartTs > 0;

    /// <summary>A Pump Client's health probe: no content.</summary>
    public bool IsProbe => StartTs == 0 && CommitTs == 0;

    /// <summary>True when the record belongs to a DDL job.</summary>
    public bool IsDdl => DdlJobId > 0;

    /// <summary>Reads a record; unknown fields are skipped.</summary>
    /// <exception cref="TiDBFormatException">The payload is no such message.</exception>
    public static BinlogHeader Parse(ReadOnlySpan<byte> payload)
    {
        var fields = default(BinlogHeaderFields);
        var reader = new ProtoReader(payload, 0);
        while (reader.TryReadField(out var field))
        {
            fields.Read(ref reader, field);
        }

        return fields.ToHeader();
    }

    /// <summary>Reads a record that isn't in memory: what lies between its long fields is read, and no more than 4 KiB of it are held.</summary>
    /// <param name="length">Length of the payload in bytes.</param>
    /// <param name="read">Reads part of it.</param>
    /// <exception cref="TiDBFormatException">The payload is no such message.</exception>
    public static BinlogHeader Parse(int length, PayloadRead read)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentNullException.ThrowIfNull(read);
        var fields = default(BinlogHeaderFields);
        var window = new WindowedProtoReader(stackalloc byte[WindowedProtoReader.WindowBytes], length, read);
        while (window.TryReadField(out var reader, out var field))
        {
            if (reader.Wire != WireType.Bytes)
            {
                fields.Read(ref reader, field);
                window.MoveBehind(reader);
            }
            else
            {
                fields.SetBytes(field, window.MoveBehindBytes(reader));
            }
        }

        return fields.ToHeader();
    }
}
