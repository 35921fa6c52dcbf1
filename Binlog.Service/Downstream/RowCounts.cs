namespace Binlog.Service.Downstream;

/// <summary>How many rows of each kind.</summary>
internal readonly record struct RowCounts(int Inserts, int Updates, int Deletes)
{
    /// <summary>All of them.</summary>
    public int Total => Inserts + Updates + Deletes;

    /// <summary>These and others.</summary>
    public RowCounts Plus(in RowCounts other) => new(Inserts + other.Inserts, Updates + other.Updates, Deletes + other.Deletes);

    /// <summary>Counts rows.</summary>
    public static RowCounts Of(ReadOnlySpan<RowChange> rows)
    {
        int inserts = 0;
        int updates = 0;
        foreach (ref readonly RowChange row in rows)
        {
            inserts += row.Kind == RowChangeKind.Insert ? 1 : 0;
            updates += row.Kind == RowChangeKind.Update ? 1 : 0;
        }

        return new RowCounts(inserts, updates, rows.Length - inserts - updates);
    }
}
