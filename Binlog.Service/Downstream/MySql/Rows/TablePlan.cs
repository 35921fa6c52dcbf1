using System.Collections.Immutable;
using System.Text;

namespace Binlog.Service.Downstream.MySql.Rows;

/// <summary>A table with what writing statements about its rows needs, worked out once. Immutable.</summary>
internal sealed class TablePlan
{
    /// <summary>Plans a table.</summary>
    public TablePlan(TableSchema table, MySqlDialect dialect)
    {
        Table = table;
        Columns = [.. table.Columns.Select(column => new ColumnPlan(column, dialect))];
        Enums = [.. table.WritableColumns.Where(index => Columns[index].IsEnum)];
        string name = SqlText.Name(table.SchemaName, table.TableName);
        Insert = Encoding.UTF8.GetBytes($"INSERT INTO {name} ({string.Join(',', table.WritableColumns.Select(index => SqlText.Name(Columns[index].Name)))}) VALUES ");
        Update = Encoding.UTF8.GetBytes($"UPDATE {name} SET ");
        Delete = Encoding.UTF8.GetBytes($"DELETE FROM {name} WHERE ");
    }

    /// <summary>The table.</summary>
    public TableSchema Table { get; }

    /// <summary>Its columns, in table order.</summary>
    public ImmutableArray<ColumnPlan> Columns { get; }

    /// <summary>Indexes of the ENUM columns that are written.</summary>
    public ImmutableArray<int> Enums { get; }

    /// <summary><c>INSERT INTO … VALUES </c></summary>
    public byte[] Insert { get; }

    /// <summary><c>UPDATE … SET </c></summary>
    public byte[] Update { get; }

    /// <summary><c>DELETE FROM … WHERE </c></summary>
    public byte[] Delete { get; }
}
