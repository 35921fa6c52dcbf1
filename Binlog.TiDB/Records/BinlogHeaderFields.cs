namespace Binlog.TiDB.Records;

/// <summary>The fields of a <see cref="BinlogHeader"/> while they are read. Of a field that comes twice the last one counts, as in protobuf.</summary>
internal struct BinlogHeaderFields
{
    private BinlogType _type;
    private ulong _startTs;
    private ulong _commitTs;
    private long _jobId;
    private int _schemaState;
    private ByteRange _key;
    private ByteRange _value;
    private ByteRange _query;

    /// <summary>Reads the value of a field that lies in the reader's buffer.</summary>
    public void Read(ref ProtoReader reader, int field)
    {
        switch (field)
        {
            case BinlogField.Type:
                _type = ReadType(ref reader);
                break;
            case BinlogField.StartTs:
                _startTs = (ulong)reader.ReadInt64("start_ts");
                break;
            case BinlogField.CommitTs:
                _commitTs = (ulong)reader.ReadInt64("commit_ts");
                break;
            case BinlogField.PrewriteKey:
                _key = reader.ReadBytes("prewrite_key");
                break;
            case BinlogField.PrewriteValue:
                _value = reader.ReadBytes("prewrite_value");
                break;
            case BinlogField.DdlQuery:
                _query = reader.ReadBytes("ddl_query");
                break;
            case BinlogField.DdlJobId:
                _jobId = reader.ReadInt64("ddl_job_id");
                break;
            case BinlogField.DdlSchemaState:
                _schemaState = (int)reader.ReadInt64("ddl_schema_state");
                break;
            default:
                reader.Skip();
                break;
        }
    }

    /// <summary>Takes a field of wire type 2 whose content lies elsewhere.</summary>
    public void SetBytes(int field, ByteRange range)
    {
        switch (field)
        {
            case BinlogField.PrewriteKey:
                _key = range;
                break;
            case BinlogField.PrewriteValue:
                _value = range;
                break;
            case BinlogField.DdlQuery:
                _query = range;
                break;
            case BinlogField.Type or BinlogField.StartTs or BinlogField.CommitTs or BinlogField.DdlJobId or BinlogField.DdlSchemaState:
                TiDBFormatException.Throw("binlog", range.Offset, $"wire type {(int)WireType.Varint} for field {field}", $"{(int)WireType.Bytes}");
                break;
        }
    }

    /// <summary>What was read.</summary>
    public readonly BinlogHeader ToHeader() => new()
    {
        Type = _type,
        StartTs = _startTs,
        CommitTs = _commitTs,
        DdlJobId = _jobId,
        DdlSchemaState = _schemaState,
        PrewriteKey = _key,
        PrewriteValue = _value,
        DdlQuery = _query,
    };

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
