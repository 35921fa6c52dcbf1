using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Downstream.Sqlite;

/// <summary>Which column of a table becomes which by a schema change.</summary>
internal sealed partial record SqliteColumnMap
{
    /// <summary>Columns that stay, under the old or a new name or type, in the new order.</summary>
    public required ImmutableArray<(SqliteColumn Old, SqliteColumn New)> Kept { get; init; }

    /// <summary>Columns that go.</summary>
    public required ImmutableArray<SqliteColumn> Dropped { get; init; }

    /// <summary>Columns that come, in the new order.</summary>
    public required ImmutableArray<SqliteColumn> Added { get; init; }

    /// <summary>Whether SQLite can't make the change in place.</summary>
    public required bool NeedsRebuild { get; init; }

    /// <summary>The old column whose values a new one takes over; null for one that comes.</summary>
    public SqliteColumn? SourceOf(SqliteColumn column) => Kept.FirstOrDefault(pair => pair.New == column).Old;

    /// <summary>
    /// Columns are one when their IDs are. A change of type that rewrites rows gives the column another ID; then they are one by name, by
    /// being the only ones left over, or by the statement's CHANGE.
    /// </summary>
    public static SqliteColumnMap Create(SqliteTable before, SqliteTable after, SchemaChange change)
    {
        var kept = new List<(SqliteColumn Old, SqliteColumn New)>();
        List<SqliteColumn> dropped = [.. before.Columns];
        var added = new List<SqliteColumn>();
        foreach (SqliteColumn column in after.Columns)
        {
            SqliteColumn? old = dropped.FirstOrDefault(old => old.Info.Id == column.Info.Id);
            if (old is null && change.Job.Type is DdlActionType.ModifyColumn or DdlActionType.MultiSchemaChange)
            {
                old = dropped.FirstOrDefault(old => !after.Columns.Any(other => other.Info.Id == old.Info.Id) && WasChangedInto(old, column, change));
            }

            if (old is null || old.IsStored != column.IsStored)
            {
                added.Add(column);
                continue;
            }

            dropped.Remove(old);
            kept.Add((old, column));
        }

        return new SqliteColumnMap
        {
            Kept = [.. kept],
            Dropped = [.. dropped],
            Added = [.. added],
            NeedsRebuild = FindNeedForRebuild(before, after, kept, dropped, added),
        };
    }

    private static bool WasChangedInto(SqliteColumn old, SqliteColumn column, SchemaChange change)
    {
        if (change.Job.Type == DdlActionType.ModifyColumn || IsSame(old.Info.Name, column.Info.Name))
        {
            return true;
        }

        return ChangeClause().Matches(change.Query).Any(match =>
            IsSame(match.Groups["old"].Value.Replace("``", "`", StringComparison.Ordinal), old.Info.Name)
            && IsSame(match.Groups["new"].Value.Replace("``", "`", StringComparison.Ordinal), column.Info.Name));
    }

    private static bool FindNeedForRebuild(
        SqliteTable before, SqliteTable after, List<(SqliteColumn Old, SqliteColumn New)> kept, List<SqliteColumn> dropped, List<SqliteColumn> added)
    {
        bool isReordered = !kept.Select(pair => pair.Old.Index).SequenceEqual(kept.Select(pair => pair.Old.Index).Order());
        bool isAddedInside = added.Count > 0 && kept.Count > 0 && added[0].Index < kept[^1].New.Index;
        bool isChanged = kept.Any(pair => pair.Old.Storage != pair.New.Storage || pair.Old.Expression != pair.New.Expression
            || SqliteConversion.IsNeeded(pair.Old.Info.Type, pair.New.Info.Type));
        bool takesOldName = kept.Any(pair => pair.Old.Name != pair.New.Name && before.Columns.Any(old => IsSame(old.Name, pair.New.Name)));
        bool hasOtherRowId = before.RowIdColumn?.Info.Id != after.RowIdColumn?.Info.Id;
        bool dropsComputed = before.Columns.Any(column => !column.IsStored) && dropped.Count > 0;
        return isReordered || isAddedInside || isChanged || takesOldName || hasOtherRowId || dropsComputed || kept.Count == 0;
    }

    private static bool IsSame(string left, string right) => string.Equals(left, right, StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"CHANGE\s+(COLUMN\s+)?(IF\s+EXISTS\s+)?(`(?<old>(?:[^`]|``)+)`|(?<old>\w+))\s+(`(?<new>(?:[^`]|``)+)`|(?<new>\w+))", RegexOptions.IgnoreCase)]
    private static partial Regex ChangeClause();
}
