using Binlog.TiDB.Schema;

namespace Binlog.Service.Downstream.MySql.Ddl;

/// <summary>
/// Says which column of the table after a change is which column before it. TiDB gives a column whose type changed with a rewrite
/// of its rows a new id, so the id alone does not tell.
/// </summary>
internal sealed class ColumnMatch
{
    private readonly Dictionary<ColumnInfo, ColumnInfo> _before = new(ReferenceEqualityComparer.Instance);

    /// <summary>Matches by id, then by name, then the only column that is left on both sides of a single column's change.</summary>
    public ColumnMatch(TableSchema before, TableSchema after, DdlActionType type)
    {
        List<ColumnInfo> left = [.. before.Columns];
        Match(after.Columns, left, (old, column) => old.Id == column.Id);
        Match(after.Columns, left, (old, column) => string.Equals(old.Name, column.Name, StringComparison.OrdinalIgnoreCase));
        List<ColumnInfo> added = [.. after.Columns.Where(column => !_before.ContainsKey(column))];
        if (type == DdlActionType.ModifyColumn && left.Count == 1 && added.Count == 1)
        {
            _before.Add(added[0], left[0]);
            left.Clear();
        }

        Dropped = left;
        IsAmbiguous = type == DdlActionType.MultiSchemaChange && left.Count > 0 && added.Any(column => !_before.ContainsKey(column));
    }

    /// <summary>Columns that are gone.</summary>
    public IReadOnlyList<ColumnInfo> Dropped { get; }

    /// <summary>True when a column that is gone and a new one may be one column that was renamed while its type changed.</summary>
    public bool IsAmbiguous { get; }

    /// <summary>The column as it was, or null for a new one.</summary>
    public ColumnInfo? Before(ColumnInfo column) => _before.GetValueOrDefault(column);

    /// <summary>Columns that keep their place among the columns that stay; the others have to be moved.</summary>
    public HashSet<ColumnInfo> Unmoved(TableSchema before, TableSchema after)
    {
        int[] positions = [.. after.Columns.Select(column => Before(column) is { } old ? before.Columns.IndexOf(old) : -1)];
        int[] length = new int[positions.Length];
        int[] previous = new int[positions.Length];
        int best = -1;
        for (int index = 0; index < positions.Length; index++)
        {
            previous[index] = -1;
            length[index] = positions[index] < 0 ? 0 : 1;
            for (int earlier = 0; earlier < index && positions[index] >= 0; earlier++)
            {
                if (positions[earlier] >= 0 && positions[earlier] < positions[index] && length[earlier] + 1 > length[index])
                {
                    length[index] = length[earlier] + 1;
                    previous[index] = earlier;
                }
            }

            best = length[index] > 0 && (best < 0 || length[index] > length[best]) ? index : best;
        }

        var unmoved = new HashSet<ColumnInfo>(ReferenceEqualityComparer.Instance);
        for (; best >= 0; best = previous[best])
        {
            unmoved.Add(after.Columns[best]);
        }

        return unmoved;
    }

    private void Match(IEnumerable<ColumnInfo> after, List<ColumnInfo> left, Func<ColumnInfo, ColumnInfo, bool> isSame)
    {
        foreach (ColumnInfo column in after.Where(column => !_before.ContainsKey(column)))
        {
            if (left.Find(old => isSame(old, column)) is { } match)
            {
                _before.Add(column, match);
                left.Remove(match);
            }
        }
    }
}
