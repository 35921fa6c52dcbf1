using Binlog.Service.Pump.Sorting;

namespace Binlog.Service.Pump.Storage;

/// <summary>
/// The committed transactions of a Pump in commit-TS order. One writer appends; any number of readers look up without locks.
/// </summary>
internal sealed class CommittedIndex
{
    private const int ChunkBits = 14;
    private const int ChunkSize = 1 << ChunkBits;

    private PackedTransaction[][] _chunks = new PackedTransaction[4][];
    private long _count;

    /// <summary>Number of transactions that readers may see.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Reads a transaction by its place in the order; <paramref name="index"/> is below a <see cref="Count"/> that the caller has seen.</summary>
    public ref readonly PackedTransaction this[long index] => ref Volatile.Read(ref _chunks)[index >> ChunkBits][index & (ChunkSize - 1)];

    /// <summary>Appends transactions above all that are there. Writer only.</summary>
    public void Append(List<CommittedTransaction> transactions)
    {
        long count = _count;
        foreach (CommittedTransaction transaction in transactions)
        {
            int chunk = (int)(count >> ChunkBits);
            if (chunk == _chunks.Length)
            {
                PackedTransaction[][] larger = _chunks;
                Array.Resize(ref larger, chunk * 2);
                Volatile.Write(ref _chunks, larger);
            }

            (_chunks[chunk] ??= new PackedTransaction[ChunkSize])[count & (ChunkSize - 1)] = new PackedTransaction(transaction);
            count++;
        }

        Volatile.Write(ref _count, count);
    }

    /// <summary>The place of the first transaction above <paramref name="commitTs"/>; <see cref="Count"/> when there is none.</summary>
    public long FindFirstAbove(ulong commitTs)
    {
        long low = 0;
        long high = Count;
        while (low < high)
        {
            long middle = low + ((high - low) / 2);
            if (this[middle].CommitTs <= commitTs)
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

    /// <summary>Whether a transaction with exactly these timestamps is there.</summary>
    public bool Contains(ulong commitTs, ulong startTs)
    {
        long index = FindFirstAbove(commitTs - 1);
        return index < Count && this[index].CommitTs == commitTs && this[index].StartTs == startTs;
    }
}
