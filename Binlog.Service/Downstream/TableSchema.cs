using System.Collections.Immutable;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Downstream;

/// <summary>
/// A table at one point of the upstream's history, with what translating and applying need computed once: visible columns,
/// columns that may be written, usable unique keys, row decoder. Immutable and thread-safe.
/// </summary>
internal sealed class TableSchema
{
    /// <summary>Describes a table.</summary>
    /// <param name="schemaName">Name of its database.</param>
    /// <param name="info">The definition as TiDB stores it.</param>
    /// <param name="schemaVersion">Schema version of the job that made this definition.</param>
    public TableSchema(string schemaName, TableInfo info, long schemaVersion)
    {
        SchemaName = schemaName;
        Info = info;
        SchemaVersion = schemaVersion;
        Decoder = new RowDecoder(info);
        Columns = [.. info.Columns.Where(column => column.IsPublic && !column.Hidden).OrderBy(column => column.Offset)];
        WritableColumns = [.. Enumerable.Range(0, Columns.Length).Where(index => !Columns[index].IsGenerated)];
        UniqueKeys = FindUniqueKeys(info, Columns);
        Identity = UniqueKeys.FirstOrDefault(key => key.All(index => Columns[index].Type.Flag.HasFlag(ColumnFlags.NotNull) && IsComparedByBytes(Columns[index].Type)));
        HasPrimaryKey = UniqueKeys.Length > 0 && IsPrimary(UniqueKeys[0].Select(index => Columns[index]));
        HasHiddenKey = info.Indexes.Count(index => index.IsUnique) + (info.PkIsHandle ? 1 : 0) != UniqueKeys.Length;
        (KeyColumns, HasComputedKey) = FindKeyColumns(info, Columns, UniqueKeys);
    }

    /// <summary>Name of the database.</summary>
    public string SchemaName { get; }

    /// <summary>Name of the table, as it was written upstream.</summary>
    public string TableName => Info.Name;

    /// <summary>The definition as TiDB stores it.</summary>
    public TableInfo Info { get; }

    /// <summary>Schema version of the job that made this definition.</summary>
    public long SchemaVersion { get; }

    /// <summary>Decodes the table's rows; values come in the order of <see cref="Columns"/>.</summary>
    public RowDecoder Decoder { get; }

    /// <summary>Columns that a user sees, in table order, generated ones included.</summary>
    public ImmutableArray<ColumnInfo> Columns { get; }

    /// <summary>Indexes into <see cref="Columns"/> of those that a writer may set (not generated).</summary>
    public ImmutableArray<int> WritableColumns { get; }

    /// <summary>
    /// Unique keys that identify a row when none of their values is NULL, the primary key first; each is a list of indexes
    /// into <see cref="Columns"/>. Keys over prefixes or over generated columns that rows don't carry are left out.
    /// </summary>
    public ImmutableArray<ImmutableArray<int>> UniqueKeys { get; }

    /// <summary>Whether the first of <see cref="UniqueKeys"/> is the primary key.</summary>
    public bool HasPrimaryKey { get; }

    /// <summary>
    /// The unique key by which rows are told apart: the first whose columns never are NULL and whose values have one form in bytes; indexes into
    /// <see cref="Columns"/>. Default when there is none.
    /// </summary>
    public ImmutableArray<int> Identity { get; }

    /// <summary>Indexes into <see cref="Columns"/> of every column that is in some unique key, those over prefixes included.</summary>
    public ImmutableArray<int> KeyColumns { get; }

    /// <summary>Whether some unique key depends on columns that rows don't carry, or on more than its columns' values: any change of a row may change it.</summary>
    public bool HasComputedKey { get; }

    /// <summary>Whether some unique key is not among <see cref="UniqueKeys"/>, so that rows may meet in it unnoticed.</summary>
    public bool HasHiddenKey { get; }

    /// <summary>
    /// Whether every row is told from the others by its values, in every unique key: then the same changes may be made again without harm, and rows that
    /// share no key may be changed in any order. What a target may hold beyond its checkpoint depends on this rule
    /// (docs/formats/mysql-target.md, <c>parts_up_to</c>).
    /// </summary>
    public bool IsDivisible => !Identity.IsDefaultOrEmpty && !HasHiddenKey;

    /// <summary><c>`db`.`table`</c> for messages.</summary>
    public override string ToString() => $"`{SchemaName}`.`{TableName}`";

    private static ImmutableArray<ImmutableArray<int>> FindUniqueKeys(TableInfo info, ImmutableArray<ColumnInfo> columns)
    {
        var keys = ImmutableArray.CreateBuilder<ImmutableArray<int>>();
        if (info.PkIsHandle)
        {
            int handle = IndexOf(columns, column => column.Type.Flag.HasFlag(ColumnFlags.PrimaryKey));
            if (handle >= 0)
            {
                keys.Add([handle]);
            }
        }

        foreach (IndexInfo index in info.Indexes.Where(index => index.IsUnique && index.State == SchemaState.Public).OrderByDescending(index => index.IsPrimary))
        {
            ImmutableArray<int> positions = [.. index.Columns.Select(part => part.Length > 0 ? -1 : IndexOf(columns, column => string.Equals(column.Name, part.Name, StringComparison.OrdinalIgnoreCase)))];
            if (positions.All(position => position >= 0 && !columns[position].IsVirtual))
            {
                keys.Add(positions);
            }
        }

        return keys.ToImmutable();
    }

    private bool IsPrimary(IEnumerable<ColumnInfo> key) => Info.PkIsHandle
        ? key.All(column => column.Type.Flag.HasFlag(ColumnFlags.PrimaryKey))
        : Info.Indexes.FirstOrDefault(index => index.IsPrimary && index.State == SchemaState.Public) is { } primary
            && primary.Columns.Select(part => part.Name).SequenceEqual(key.Select(column => column.Name), StringComparer.OrdinalIgnoreCase);

    private static (ImmutableArray<int> Columns, bool HasComputed) FindKeyColumns(TableInfo info, ImmutableArray<ColumnInfo> columns, ImmutableArray<ImmutableArray<int>> usable)
    {
        var keyColumns = new SortedSet<int>(usable.SelectMany(key => key));
        bool hasComputed = false;
        foreach (IndexInfo index in info.Indexes.Where(index => index.IsUnique))
        {
            hasComputed |= index.IsMultiValued;
            foreach (IndexColumn part in index.Columns)
            {
                int position = IndexOf(columns, column => string.Equals(column.Name, part.Name, StringComparison.OrdinalIgnoreCase));
                hasComputed |= position < 0 || columns[position].IsVirtual;
                if (position >= 0)
                {
                    keyColumns.Add(position);
                }
            }
        }

        return ([.. keyColumns], hasComputed);
    }

    /// <summary>Whether equal values are equal bytes in a binlog: not so for numbers with a scale or a sign of zero.</summary>
    private static bool IsComparedByBytes(FieldType type) =>
        type.Tp is not (ColumnType.Float or ColumnType.Double or ColumnType.Decimal or ColumnType.NewDecimal or ColumnType.Json);

    private static int IndexOf(ImmutableArray<ColumnInfo> columns, Func<ColumnInfo, bool> predicate)
    {
        for (int index = 0; index < columns.Length; index++)
        {
            if (predicate(columns[index]))
            {
                return index;
            }
        }

        return -1;
    }
}
