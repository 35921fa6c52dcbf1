using System.Collections.Immutable;
using System.Text;
using Binlog.TiDB.Schema;

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
        WideSets = [.. table.WritableColumns.Where(index => table.Columns[index].Type is { Tp: ColumnType.Set, Elements.Count: 64 })];
        string name = SqlText.Name(table.SchemaName, table.TableName);
        string into = $"INTO {name} ({string.Join(',', table.WritableColumns.Select(index => SqlText.Name(Columns[index].Name)))}) VALUES ";
        Insert = Encoding.UTF8.GetBytes($"INSERT {into}");
        Replace = Encoding.UTF8.GetBytes($"REPLACE {into}");
        Update = Encoding.UTF8.GetBytes($"UPDATE {name} SET ");
        Delete = Encoding.UTF8.GetBytes($"DELETE FROM {name} WHERE ");
        UpdateByPrimary = Encoding.UTF8.GetBytes($"UPDATE {name} FORCE INDEX (`PRIMARY`) SET ");
        DeleteByPrimary = Encoding.UTF8.GetBytes($"DELETE {name} FROM {name} FORCE INDEX (`PRIMARY`) WHERE ");
    }

    /// <summary>The table.</summary>
    public TableSchema Table { get; }

    /// <summary>Its columns, in table order.</summary>
    public ImmutableArray<ColumnPlan> Columns { get; }

    /// <summary>Indexes of the ENUM columns that are written.</summary>
    public ImmutableArray<int> Enums { get; }

    /// <summary>Indexes of the SET columns of 64 members that are written.</summary>
    public ImmutableArray<int> WideSets { get; }

    /// <summary><c>INSERT INTO … VALUES </c></summary>
    public byte[] Insert { get; }

    /// <summary><c>REPLACE INTO … VALUES </c></summary>
    public byte[] Replace { get; }

    /// <summary><c>UPDATE … SET </c></summary>
    public byte[] Update { get; }

    /// <summary><c>DELETE FROM … WHERE </c></summary>
    public byte[] Delete { get; }

    /// <summary><c>UPDATE … SET </c> for several rows by primary key. Of a small table a server would rather read, and lock, every row.</summary>
    public byte[] UpdateByPrimary { get; }

    /// <summary><c>DELETE … WHERE </c> for several rows by primary key.</summary>
    public byte[] DeleteByPrimary { get; }

    /// <summary>Whether a key is the table's primary key.</summary>
    public bool IsPrimary(ImmutableArray<int> key) => Table.HasPrimaryKey && key == Table.UniqueKeys[0];
}
