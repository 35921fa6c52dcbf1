using Binlog.TiDB.Schema;

namespace Binlog.Service.Downstream.Sqlite;

/// <summary>A column in the file.</summary>
/// <param name="Info">The upstream's column.</param>
/// <param name="Index">Its index in <see cref="TableSchema.Columns"/>.</param>
/// <param name="Storage">How its values are kept.</param>
/// <param name="Expression">SQLite expression of a column that is computed; null for one that is written.</param>
internal sealed record SqliteColumn(ColumnInfo Info, int Index, SqliteStorage Storage, string? Expression)
{
    /// <summary>Quoted name.</summary>
    public string Name { get; } = SqliteNames.Quote(Info.Name);

    /// <summary>Whether rows are written to it.</summary>
    public bool IsStored => Expression is null;
}
