using System.Runtime.InteropServices;

namespace Binlog.Service.Downstream.Sqlite;

/// <summary>Writes row changes with statements that are prepared once per table.</summary>
internal sealed class SqliteRowWriter(SqliteDatabase database) : IDisposable
{
    private const int MaxTables = 512;
    private const int CancellationInterval = 256;

    private readonly Dictionary<TableSchema, SqliteTableWriter> _tables = new(ReferenceEqualityComparer.Instance);
    private readonly SqliteValues _values = new();

    /// <summary>Makes changes of a batch, in order.</summary>
    /// <exception cref="TargetException">A change doesn't fit what the target holds, or SQLite failed.</exception>
    public void Write(ChangeBatch batch, int first, int count, CancellationToken cancellationToken)
    {
        SqliteTableWriter? writer = null;
        ReadOnlySpan<RowChange> rows = batch.Rows.Slice(first, count);
        for (int index = 0; index < rows.Length; index++)
        {
            if (index % CancellationInterval == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            ref readonly RowChange row = ref rows[index];
            if (writer?.Schema != row.Table)
            {
                writer = WriterOf(row.Table);
            }

            writer.Write(batch, row);
        }
    }

    /// <summary>Lets go of all statements; they don't survive a schema change.</summary>
    public void Clear()
    {
        foreach (SqliteTableWriter table in _tables.Values)
        {
            table.Dispose();
        }

        _tables.Clear();
    }

    /// <inheritdoc/>
    public void Dispose() => Clear();

    private SqliteTableWriter WriterOf(TableSchema table)
    {
        if (_tables.Count >= MaxTables)
        {
            Clear();
        }

        ref SqliteTableWriter? writer = ref CollectionsMarshal.GetValueRefOrAddDefault(_tables, table, out _);
        return writer ??= new SqliteTableWriter(database, new SqliteTable(table), _values);
    }
}
