using System.Globalization;
using System.Text;
using Binlog.MySql;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Downstream.MySql.Ddl;

/// <summary>Writes CREATE TABLE from the schema that TiDB recorded, so that LIKE, SELECT and server defaults have no say in it.</summary>
internal static class CreateTable
{
    /// <summary>The statement.</summary>
    public static string Write(TableSchema table, string query, MySqlDialect dialect)
    {
        TableInfo info = table.Info;
        List<string> clauses =
        [
            .. table.Columns.Select(column => $"{SqlText.Name(column.Name)} {ColumnDefinition.Write(column, ColumnDefault.Of(column, query, dialect), dialect)}"),
        ];
        if (IndexDefinition.OfHandle(info) is { } handle)
        {
            clauses.Add(handle);
        }

        clauses.AddRange(info.Indexes.Where(index => index.IsPublic).OrderByDescending(index => index.IsPrimary)
            .Select(index => IndexDefinition.Write(index, info, dialect)).OfType<string>());
        clauses.AddRange(info.ForeignKeys.Where(key => key.State == SchemaState.Public).Select(key => ForeignKeyDefinition.Write(key, table.SchemaName)));

        var text = new StringBuilder($"CREATE TABLE {SqlText.Name(table.SchemaName, table.TableName)} (");
        text.AppendJoin(", ", clauses).Append(") ENGINE=InnoDB");
        if (dialect.Kind != MySqlServerKind.TiDb)
        {
            text.Append(" ROW_FORMAT=DYNAMIC");
        }

        if (info.AutoIncrementId > 1 && HasAutoIncrement(table))
        {
            text.Append(CultureInfo.InvariantCulture, $" AUTO_INCREMENT={info.AutoIncrementId}");
        }

        text.Append(" DEFAULT ").Append(dialect.CharsetClause(info.Charset, info.Collate));
        if (info.Comment.Length > 0)
        {
            text.Append(" COMMENT=").Append(SqlText.Quote(info.Comment));
        }

        return PartitionClause.Write(info.Partition) is { } partition ? text.Append(' ').Append(partition).ToString() : text.ToString();
    }

    /// <summary>Whether the table counts a column up.</summary>
    public static bool HasAutoIncrement(TableSchema table) => table.Columns.Any(column => column.Type.Flag.HasFlag(ColumnFlags.AutoIncrement));
}
