namespace Binlog.TiDB.Records;

/// <summary>Field numbers of the messages in binlog.proto.</summary>
internal static class BinlogField
{
    public const int Type = 1;
    public const int StartTs = 2;
    public const int CommitTs = 3;
    public const int PrewriteKey = 4;
    public const int PrewriteValue = 5;
    public const int DdlQuery = 6;
    public const int DdlJobId = 7;
    public const int DdlSchemaState = 8;

    public const int ValueSchemaVersion = 1;
    public const int ValueMutations = 2;

    public const int TableId = 1;
    public const int InsertedRows = 2;
    public const int UpdatedRows = 3;
    public const int DeletedIds = 4;
    public const int DeletedPks = 5;
    public const int DeletedRows = 6;
    public const int Sequence = 7;
}
