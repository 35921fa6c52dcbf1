using Binlog.TiDB.Schema;

namespace Binlog.Service.Tests.Drainer.Schema;

/// <summary>Builds the schema objects and jobs of made-up histories.</summary>
internal static class Definitions
{
    public const long Db1 = 31;
    public const long Db2 = 33;

    public static FieldType Int { get; } = new() { Tp = ColumnType.Int, Length = 11, Charset = "binary" };

    public static FieldType BigInt { get; } = new() { Tp = ColumnType.BigInt, Length = 20, Charset = "binary" };

    public static FieldType UnsignedBigInt { get; } = BigInt with { Flag = ColumnFlags.Unsigned };

    public static FieldType Real { get; } = new() { Tp = ColumnType.Double, Length = 22, Decimals = -1, Charset = "binary" };

    public static FieldType Date { get; } = new() { Tp = ColumnType.Date, Length = 10, Charset = "binary" };

    public static FieldType VarChar(int length) => new() { Tp = ColumnType.VarChar, Length = length, Charset = "utf8mb4", Collate = "utf8mb4_bin" };

    public static FieldType VarBinary(int length) => new() { Tp = ColumnType.VarChar, Length = length, Charset = "binary", Collate = "binary" };

    public static FieldType Decimal(int precision, int scale) => new() { Tp = ColumnType.NewDecimal, Length = precision, Decimals = scale, Charset = "binary" };

    public static FieldType DateTime(int fraction) => new() { Tp = ColumnType.DateTime, Length = 19, Decimals = fraction, Charset = "binary" };

    public static FieldType Enum(params string[] names) => new() { Tp = ColumnType.Enum, Length = -1, Elements = names, Charset = "utf8mb4" };

    public static FieldType Key(this FieldType type) => type with { Flag = type.Flag | ColumnFlags.PrimaryKey | ColumnFlags.NotNull };

    public static FieldType Required(this FieldType type) => type with { Flag = type.Flag | ColumnFlags.NotNull };

    public static ColumnInfo Column(long id, string name, FieldType type, string? originDefault = null) =>
        new() { Id = id, Name = name, Type = type, OriginDefault = originDefault, State = SchemaState.Public };

    public static ColumnInfo Virtual(long id, string name, FieldType type, string expression) => Column(id, name, type) with { GeneratedExpression = expression };

    public static IndexInfo Index(long id, string name, bool isUnique, params string[] columns) => new()
    {
        Id = id,
        Name = name,
        IsUnique = isUnique,
        IsPrimary = name == "PRIMARY",
        State = SchemaState.Public,
        Columns = [.. columns.Select(column => new IndexColumn { Name = column, Length = -1 })],
    };

    /// <summary>A table; its first column is the row's handle when it is an integer key.</summary>
    public static TableInfo Table(long id, string name, params ColumnInfo[] columns) => new()
    {
        Id = id,
        Name = name,
        State = SchemaState.Public,
        PkIsHandle = columns[0].Type is { IsPrimaryKey: true, IsInteger: true },
        Columns = [.. columns.Select((column, offset) => column with { Offset = offset })],
    };

    public static DdlJob Job(long version, DdlActionType type, long schemaId, long tableId, TableInfo? table = null) => new()
    {
        Id = 1000 + version,
        Type = type,
        State = DdlJobState.Synced,
        SchemaId = schemaId,
        TableId = tableId,
        Query = $"{type} {table?.Name}",
        Binlog = new JobBinlogInfo { SchemaVersion = version, TableInfo = table, FinishedTs = (ulong)version * 100 },
    };

    public static DdlJob CreateDatabase(long version, long id, string name) => Job(version, DdlActionType.CreateSchema, id, 0) with
    {
        Binlog = new JobBinlogInfo { SchemaVersion = version, DbInfo = new DbInfo { Id = id, Name = name, State = SchemaState.Public }, FinishedTs = (ulong)version * 100 },
    };

    public static DdlJob Create(long version, TableInfo table, long schemaId = Db1) => Job(version, DdlActionType.CreateTable, schemaId, table.Id, table);

    public static DdlJob Several(long version, DdlActionType type, long schemaId, string query, params TableInfo[] tables) => Job(version, type, schemaId, tables[0].Id) with
    {
        Query = query,
        Binlog = new JobBinlogInfo { SchemaVersion = version, TableInfo = tables[^1], MultipleTableInfos = tables },
    };

    public static PartitionInfo Partitions(PartitionType type, string expression, params PartitionDefinition[] definitions) =>
        new() { Type = type, Expression = expression, Enable = true, Definitions = definitions, Number = (ulong)definitions.Length };

    public static PartitionDefinition Range(long id, string name, string lessThan) => new() { Id = id, Name = name, LessThan = [lessThan] };
}
