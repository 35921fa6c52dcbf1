using System.Collections.Immutable;

namespace Binlog.Service.Downstream.Sqlite;

/// <summary>An index in the file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsUnique">Whether it holds a unique key.</param>
/// <param name="Columns">Its columns.</param>
internal sealed record SqliteIndex(string Name, bool IsUnique, ImmutableArray<SqliteColumn> Columns)
{
    /// <summary>Whether both are one index: same name, same key over the same upstream columns, whatever these are called.</summary>
    public bool IsSameAs(SqliteIndex other) =>
        Name == other.Name && IsUnique == other.IsUnique && Columns.Select(column => column.Info.Id).SequenceEqual(other.Columns.Select(column => column.Info.Id));
}
