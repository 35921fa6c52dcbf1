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
        var reader = new ProtoReader(payload, 0);
        return Read(ref reader);
    }

    /// <summary>Enough that many short fields don't cost a read each.</summary>
    private const int LargeHeaderWindow = 4096;

    /// <summary>Reads a record that is not in memory; its long fields are passed over.</summary>
    /// <exception cref="TiDBFormatException">The payload is no such message.</exception>
    public static BinlogHeader ParseLarge(IByteSource payload)
    {
        ArgumentNullException.ThrowIfNull(payload);
        var reader = new ProtoCursor(payload, LargeHeaderWindow);
        reader.MoveTo(0, payload.Length);
        return Read(ref reader);
    }

    private static BinlogHeader Read<TReader>(ref TReader reader)
        where TReader : IProtoReader, allows ref struct
    {
        var (type, startTs, commitTs, jobId, schemaState) = (BinlogType.Prewrite, 0L, 0L, 0L, 0L);
        ByteRange key = default, value = default, query = default;
        while (reader.TryReadField(out var field))
        {
            switch (field)
            {
                case BinlogField.Type:
                    type = ReadType(ref reader);
                    break;
                case BinlogField.StartTs:
                    startTs = reader.ReadInt64("start_ts");
                    break;
                case BinlogField.CommitTs:
                    commitTs = reader.ReadInt64("commit_ts");
                    break;
                case BinlogField.PrewriteKey:
                    key = reader.ReadBytes("prewrite_key");
                    break;
                case BinlogField.PrewriteValue:
                    value = reader.ReadBytes("prewrite_value");
                    break;
                case BinlogField.DdlQuery:
                    query = reader.ReadBytes("ddl_query");
                    break;
                case BinlogField.DdlJobId:
                    jobId = reader.ReadInt64("ddl_job_id");
                    break;
                case BinlogField.DdlSchemaState:
                    schemaState = reader.ReadInt64("ddl_schema_state");
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new BinlogHeader
        {
            Type = type,
            StartTs = (ulong)startTs,
            CommitTs = (ulong)commitTs,
            DdlJobId = jobId,
            DdlSchemaState = (int)schemaState,
            PrewriteKey = key,
            PrewriteValue = value,
            DdlQuery = query,
        };
    }

    private static BinlogType ReadType<TReader>(ref TReader reader)
        where TReader : IProtoReader, allows ref struct
    {
        var position = reader.Position;
        var type = reader.ReadInt64("tp");
        if (type is < (int)BinlogType.Prewrite or > (int)BinlogType.PostDdl)
        {
            TiDBFormatException.Throw("binlog", position, "a type of 0 to 4", $"{type}");
        }

        return (BinlogType)type;
    }
}
