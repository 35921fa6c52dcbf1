using System.Globalization;
using System.Text;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Downstream.Sqlite;

/// <summary>The tables in the file that say which upstream tables and columns the others stand for.</summary>
internal sealed class SqliteCatalog(SqliteDatabase database)
{
    /// <summary>Lists a table, in place of what was listed under its upstream ID.</summary>
    public void Put(SqliteTable table)
    {
        Remove(table.Schema.Info.Id);
        string name = SqliteNames.Of(table.Schema);
        using (SqliteStatement insert = database.Prepare($"INSERT INTO {SqliteNames.TableTable} VALUES (?, ?, ?, ?, ?)"))
        {
            insert.Bind(1, name);
            insert.Bind(2, table.Schema.SchemaName);
            insert.Bind(3, table.Schema.TableName);
            insert.Bind(4, table.Schema.Info.Id);
            insert.Bind(5, table.Schema.SchemaVersion);
            insert.Step();
        }

        using SqliteStatement column = database.Prepare($"INSERT INTO {SqliteNames.ColumnTable} VALUES (?, ?, ?, ?, ?)");
        for (int index = 0; index < table.Schema.Columns.Length; index++)
        {
            column.Bind(1, name);
            column.Bind(2, index + 1);
            column.Bind(3, table.Schema.Columns[index].Name);
            column.Bind(4, Describe(table.Schema.Columns[index].Type));
            column.Bind(5, table.Columns.Any(present => present.Index == index) ? 0L : 1L);
            column.Step();
        }
    }

    /// <summary>Takes a table off the list.</summary>
    public void Remove(long upstreamId)
    {
        database.Execute(string.Create(
            CultureInfo.InvariantCulture,
            $"DELETE FROM {SqliteNames.ColumnTable} WHERE name IN (SELECT name FROM {SqliteNames.TableTable} WHERE upstream_id = {upstreamId})"));
        database.Execute(string.Create(CultureInfo.InvariantCulture, $"DELETE FROM {SqliteNames.TableTable} WHERE upstream_id = {upstreamId}"));
    }

    /// <summary>Name in the file, not quoted, of the table with an upstream ID.</summary>
    /// <exception cref="TargetException">There is none.</exception>
    public string NameOf(TableSchema table) => database.QueryText(string.Create(
            CultureInfo.InvariantCulture, $"SELECT name FROM {SqliteNames.TableTable} WHERE upstream_id = {table.Info.Id}"))
        ?? throw new TargetException($"SQLite file {database.Path} holds no table with the upstream's ID {table.Info.Id} ({table}).", isTransient: false);

    /// <summary>The type as MySQL writes it, such as <c>bigint(20) unsigned</c>.</summary>
    private static string Describe(FieldType type)
    {
        var text = new StringBuilder(ColumnTypeNames.Of(type));
        if (type.Elements.Count > 0)
        {
            text.Append('(').AppendJoin(',', type.Elements.Select(SqliteNames.Literal)).Append(')');
        }
        else if (type.Tp is ColumnType.NewDecimal)
        {
            text.Append(CultureInfo.InvariantCulture, $"({type.Length},{type.Decimals})");
        }
        else if (type.Tp is ColumnType.DateTime or ColumnType.Timestamp or ColumnType.Time)
        {
            text.Append(type.FractionalSeconds > 0 ? $"({type.FractionalSeconds})" : "");
        }
        else if (type.Length > 0 && (type.IsInteger || type.Tp is ColumnType.VarChar or ColumnType.String or ColumnType.Bit))
        {
            text.Append(CultureInfo.InvariantCulture, $"({type.Length})");
        }

        if (type.IsUnsigned && type.Tp != ColumnType.Bit)
        {
            text.Append(" unsigned");
        }

        return text.ToString();
    }
}
