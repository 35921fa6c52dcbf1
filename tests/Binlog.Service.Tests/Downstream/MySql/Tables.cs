using Binlog.Service.Downstream;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Tests.Downstream.MySql;

/// <summary>Makes table definitions as TiDB records them.</summary>
internal static class Tables
{
    /// <summary>A column; by default a nullable INT.</summary>
    public static ColumnInfo Column(long id, string name, FieldType? type = null) =>
        new() { Id = id, Name = name, Offset = (int)id - 1, State = SchemaState.Public, Type = type ?? Type(ColumnType.Int, 11) };

    /// <summary>A type.</summary>
    public static FieldType Type(ColumnType type, long length = -1, ColumnFlags flags = ColumnFlags.None, string charset = "binary", string collate = "binary", int decimals = 0) =>
        new() { Tp = type, Length = length, Flag = flags, Charset = charset, Collate = collate, Decimals = decimals };

    /// <summary>A VARCHAR.</summary>
    public static FieldType VarChar(long length, string charset = "utf8mb4", string collate = "utf8mb4_bin") => Type(ColumnType.VarChar, length, ColumnFlags.None, charset, collate);

    /// <summary>The integer primary key <c>id</c>.</summary>
    public static ColumnInfo Id() => Column(1, "id", Type(ColumnType.Int, 11, ColumnFlags.NotNull | ColumnFlags.PrimaryKey));

    /// <summary>A table with an integer primary key as its handle when a column is one.</summary>
    public static TableSchema Table(string schema, string name, params ColumnInfo[] columns) => Schema(schema, Info(name, columns));

    /// <summary>The same as stored.</summary>
    public static TableInfo Info(string name, params ColumnInfo[] columns) => new()
    {
        Id = 100,
        Name = name,
        Charset = "utf8mb4",
        Collate = "utf8mb4_bin",
        State = SchemaState.Public,
        PkIsHandle = columns.Any(column => column.Type.IsPrimaryKey && column.Type.IsInteger),
        Columns = [.. columns.Select((column, offset) => column with { Offset = offset })],
    };

    /// <summary>A table from its definition.</summary>
    public static TableSchema Schema(string schema, TableInfo info) => new(schema, info, 1);

    /// <summary>An index over whole columns.</summary>
    public static IndexInfo Index(long id, string name, bool isUnique, params string[] columns) => new()
    {
        Id = id,
        Name = name,
        IsUnique = isUnique,
        State = SchemaState.Public,
        Columns = [.. columns.Select(column => new IndexColumn { Name = column, Length = -1 })],
    };

    /// <summary>A change.</summary>
    public static SchemaChange Change(DdlActionType type, TableSchema? before, TableSchema? after, string query = "", ulong commitTs = 10, string schema = "d") => new()
    {
        CommitTs = commitTs,
        Job = new DdlJob { Id = 7, Type = type },
        Query = query,
        SchemaName = after?.SchemaName ?? before?.SchemaName ?? schema,
        Before = before,
        After = after,
    };

    /// <summary>A change of a database.</summary>
    public static SchemaChange DatabaseChange(DdlActionType type, string schema, ulong commitTs) =>
        Change(type, null, null, "", commitTs, schema) with { Database = new DbInfo { Name = schema, Charset = "utf8mb4", Collate = "utf8mb4_bin" } };
}
