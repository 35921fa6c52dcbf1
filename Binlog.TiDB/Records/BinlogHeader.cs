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
        var header = default(BinlogHeader);
        var reader = new ProtoReader(payload, 0, payload.Length);
        while (reader.TryReadField(out var field))
        {
            switch (field)
            {
                case BinlogField.Type:
                    header = header with { Type = ReadType(ref reader) };
                    break;
                case BinlogField.StartTs:
                    header = header with { StartTs = (ulong)reader.ReadInt64("start_ts") };
                    break;
                case BinlogField.CommitTs:
                    header = header with { CommitTs = (ulong)reader.ReadInt64("commit_ts") };
                    break;
                case BinlogField.PrewriteKey:
                    header = header with { PrewriteKey = reader.ReadBytes("prewrite_key") };
                    break;
                case BinlogField.PrewriteValue:
                    header = header with { PrewriteValue = reader.ReadBytes("prewrite_value") };
                    break;
                case BinlogField.DdlQuery:
                    header = header with { DdlQuery = reader.ReadBytes("ddl_query") };
                    break;
                case BinlogField.DdlJobId:
                    header = header with { DdlJobId = reader.ReadInt64("ddl_job_id") };
                    break;
                case BinlogField.DdlSchemaState:
                    header = header with { DdlSchemaState = (int)reader.ReadInt64("ddl_schema_state") };
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return header;
    }

    private static BinlogType ReadType(ref ProtoReader reader)
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
