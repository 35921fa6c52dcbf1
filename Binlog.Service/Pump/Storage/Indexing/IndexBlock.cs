namespace Binlog.Service.Pump.Storage.Indexing;

/// <summary>A block of the index in memory. One writer adds while it is not full; readers see whole entries.</summary>
/// <param name="number">Its number, counted from 0.</param>
/// <param name="entries">Room for all its entries.</param>
/// <param name="count">How many are there.</param>
internal sealed class IndexBlock(long number, PackedTransaction[] entries, int count)
{
    private int _count = count;

    public long Number => number;

    /// <summary>Number of entries that readers may see. Only grows.</summary>
    public int Count => Volatile.Read(ref _count);

    public bool IsFull => Count == entries.Length;

    /// <summary>The entries that are there.</summary>
    public ReadOnlySpan<PackedTransaction> Entries => entries.AsSpan(0, Count);

    public ref readonly PackedTransaction this[int place] => ref entries[place];

    /// <summary>Adds an entry to a block that is not full. Writer only.</summary>
    public void Add(in PackedTransaction entry)
    {
        entries[_count] = entry;
        Volatile.Write(ref _count, _count + 1);
    }

    /// <summary>The place of the first entry above <paramref name="commitTs"/>; the count when there is none.</summary>
    public int FindFirstAbove(ulong commitTs)
    {
        int low = 0;
        int high = Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (entries[middle].CommitTs <= commitTs)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <summary>Looks through the entries for a start TS.</summary>
    public bool TryFindStartTs(ulong startTs, out PackedTransaction entry)
    {
        foreach (ref readonly PackedTransaction candidate in Entries)
        {
            if (candidate.StartTs == startTs)
            {
                entry = candidate;
                return true;
            }
        }

        entry = default;
        return false;
    }
}
