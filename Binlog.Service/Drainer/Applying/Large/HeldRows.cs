using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Condensing;

namespace Binlog.Service.Drainer.Applying.Large;

/// <summary>
/// The rows of a large transaction that hand unique-key values on. They are held in memory: all that they give up is given up before the other
/// rows are executed, all that they take is taken after them. Not thread-safe.
/// </summary>
internal sealed class HeldRows
{
    private readonly KeySearch _search;
    private readonly List<RowChange> _others = [];

    private HeldRows(KeySearch search) => _search = search;

    /// <summary>What becomes of the rows; deletes come first.</summary>
    public ChangeBatch Batch { get; } = new();

    /// <summary>How many of <see cref="Batch"/> are deletes.</summary>
    public int Deletes { get; private set; }

    /// <summary>Finds a transaction's rows.</summary>
    /// <param name="pieces">The transaction.</param>
    /// <param name="breadth">Which rows count.</param>
    /// <param name="repetition">What the target may hold already.</param>
    /// <param name="binlogBytes">Length of its binlog.</param>
    /// <param name="maxBytes">Most memory for them.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>The rows, and whether they are within the limit; null when there are none, or their changes contradict one another.</returns>
    public static async Task<(HeldRows? Rows, bool IsWithinLimit)> FindAsync(LargePieces pieces, KeyBreadth breadth, Repetition repetition, int binlogBytes, long maxBytes, CancellationToken cancellationToken)
    {
        var search = new KeySearch(breadth, binlogBytes, maxBytes);
        if (!await search.RunAsync(pieces, cancellationToken))
        {
            return (null, false);
        }

        var held = new HeldRows(search);
        if (!search.HasFound)
        {
            return (null, true);
        }

        await pieces.ForEachAsync(batch => held.CollectAsync(batch, maxBytes), cancellationToken);
        return held.Batch.MemoryBytes > maxBytes ? (null, false) : (held.TryOrder(repetition) ? held : null, true);
    }

    /// <summary>Takes the rows that are held out of a piece.</summary>
    public void TakeOut(ChangeBatch batch)
    {
        _others.Clear();
        foreach (ref readonly RowChange row in batch.Rows)
        {
            if (!_search.Has(batch, row))
            {
                _others.Add(row);
            }
        }

        if (_others.Count < batch.Rows.Length)
        {
            batch.SetRows(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_others));
        }
    }

    private Task CollectAsync(ChangeBatch batch, long maxBytes)
    {
        foreach (ref readonly RowChange row in batch.Rows)
        {
            if (Batch.MemoryBytes <= maxBytes && _search.Has(batch, row))
            {
                Batch.AddCopy(batch, row);
            }
        }

        return Task.CompletedTask;
    }

    /// <summary>Puts the rows into their condensed form, deletes of all tables first.</summary>
    private bool TryOrder(Repetition repetition)
    {
        new BatchCondenser().Condense(Batch, repetition);
        RowChange[] rows = Batch.Rows.ToArray();
        Batch.SetRows([.. rows.Where(row => row.Kind == RowChangeKind.Delete), .. rows.Where(row => row.Kind != RowChangeKind.Delete)]);
        Deletes = rows.Count(row => row.Kind == RowChangeKind.Delete);
        return rows.All(row => row.IsOnly);
    }
}
