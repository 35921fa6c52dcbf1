using System.Buffers.Binary;
using Binlog.RelayLog.Files;
using Binlog.Service.Pump.Sorting;
using Binlog.Service.Pump.Storage.Indexing;

namespace Binlog.Service.Pump.Storage.Spilling;

/// <summary>
/// Committed transactions that wait for the order, in a temporary file of sorted runs. The file is worthless after a stop: the
/// next start sorts that part of the log again. Not thread-safe.
/// </summary>
/// <remarks>A look-up that fails with <see cref="IndexReadException"/> may be repeated. Memory: about 100 B for a run, and while runs are merged one small buffer for each.</remarks>
/// <param name="fileSystem">Where the file is.</param>
/// <param name="path">The file; created when first needed.</param>
/// <param name="onRefused">Told why the disk took no run.</param>
internal sealed class PendingRuns(ILogFileSystem fileSystem, string path, Action<Exception> onRefused) : IPendingRuns, IDisposable
{
    public const string Name = "pending.runs";
    private const int BufferEntries = 256;

    private readonly List<PendingRun> _runs = [];
    private readonly PriorityQueue<PendingRun, ulong> _byCommitTs = new();
    private ILogFile? _file;

    /// <inheritdoc />
    public long Count { get; private set; }

    /// <inheritdoc />
    public ulong SmallestSegment { get; private set; } = ulong.MaxValue;

    /// <inheritdoc />
    public bool TryAdd(IReadOnlyList<CommittedTransaction> sorted)
    {
        long offset = _runs.Count == 0 ? 0 : _runs[^1].End;
        byte[] bytes = new byte[sorted.Count * (PackedTransaction.Size + PendingRun.PairSize)];
        PendingRun run = Encode(sorted, offset, bytes);
        try
        {
            _file ??= fileSystem.Create(path);
            _file.Write(bytes, offset);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            onRefused(exception);
            return false;
        }

        _runs.Add(run);
        _byCommitTs.Enqueue(run, sorted[0].CommitTs);
        Count += run.Count;
        foreach (CommittedTransaction transaction in sorted)
        {
            SmallestSegment = Math.Min(SmallestSegment, Math.Min(transaction.Prewrite.Segment, transaction.Commit.Segment));
        }

        return true;
    }

    /// <inheritdoc />
    public bool TryPeek(out ulong commitTs) => _byCommitTs.TryPeek(out _, out commitTs);

    /// <inheritdoc />
    public CommittedTransaction Take()
    {
        PendingRun run = _byCommitTs.Dequeue();
        Fill(run);
        CommittedTransaction transaction = run.Buffer[run.Next++].Unpack();
        Count--;
        if (run.Next < run.Buffer.Length || run.ReadCount < run.Count)
        {
            Fill(run);
            _byCommitTs.Enqueue(run, run.Buffer[run.Next].CommitTs);
        }
        else
        {
            run.Buffer = [];
        }

        if (Count == 0)
        {
            Clear();
        }

        return transaction;
    }

    /// <inheritdoc />
    public bool TryFindCommitTs(ulong startTs, out ulong commitTs)
    {
        foreach (PendingRun run in _runs)
        {
            if (run.MinStartTs <= startTs && startTs <= run.MaxStartTs && TryLookUp(run, run.PairsOffset, PendingRun.PairSize, startTs, out commitTs))
            {
                return true;
            }
        }

        commitTs = 0;
        return false;
    }

    /// <inheritdoc />
    public bool TryFindStartTs(ulong commitTs, out ulong startTs)
    {
        foreach (PendingRun run in _runs)
        {
            if (run.MinCommitTs <= commitTs && commitTs <= run.MaxCommitTs && TryLookUp(run, run.Offset, PackedTransaction.Size, commitTs, out startTs))
            {
                return true;
            }
        }

        startTs = 0;
        return false;
    }

    /// <summary>Whether a transaction with a commit TS is in here, for an inquiry: reads everything.</summary>
    /// <exception cref="IndexReadException">The operating system failed to read.</exception>
    public bool TryFind(Func<PackedTransaction, bool> isMeant, out PackedTransaction found)
    {
        try
        {
            found = _runs.SelectMany(Entries).FirstOrDefault(isMeant);
            return found.CommitTs > 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IndexReadException(path, exception);
        }
    }

    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
    }

    private static PendingRun Encode(IReadOnlyList<CommittedTransaction> sorted, long offset, byte[] bytes)
    {
        var pairs = new (ulong StartTs, ulong CommitTs)[sorted.Count];
        for (int place = 0; place < sorted.Count; place++)
        {
            new PackedTransaction(sorted[place]).Write(bytes.AsSpan(place * PackedTransaction.Size));
            pairs[place] = (sorted[place].StartTs, sorted[place].CommitTs);
        }

        Array.Sort(pairs);
        Span<byte> target = bytes.AsSpan(sorted.Count * PackedTransaction.Size);
        foreach ((ulong startTs, ulong commitTs) in pairs)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(target, startTs);
            BinaryPrimitives.WriteUInt64LittleEndian(target[8..], commitTs);
            target = target[PendingRun.PairSize..];
        }

        return new PendingRun(offset, sorted.Count, pairs[0].StartTs, pairs[^1].StartTs, sorted[0].CommitTs, sorted[^1].CommitTs);
    }

    private IEnumerable<PackedTransaction> Entries(PendingRun run)
    {
        for (int place = 0; place < run.Count; place += BufferEntries)
        {
            foreach (PackedTransaction entry in Read(run, place))
            {
                yield return entry;
            }
        }
    }

    private bool TryLookUp(PendingRun run, long offset, int entrySize, ulong first, out ulong second)
    {
        try
        {
            return TryFindIn(run, offset, entrySize, first, out second);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IndexReadException(path, exception);
        }
    }

    /// <summary>Looks for an entry by its first timestamp, by which the entries are sorted, and tells the second that follows it.</summary>
    private bool TryFindIn(PendingRun run, long offset, int entrySize, ulong first, out ulong second)
    {
        Span<byte> pair = stackalloc byte[PendingRun.PairSize];
        int low = 0;
        int high = run.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            ReadFully(pair, offset + ((long)middle * entrySize));
            ulong found = BinaryPrimitives.ReadUInt64LittleEndian(pair);
            if (found == first)
            {
                second = BinaryPrimitives.ReadUInt64LittleEndian(pair[8..]);
                return true;
            }

            (low, high) = found < first ? (middle + 1, high) : (low, middle - 1);
        }

        second = 0;
        return false;
    }

    /// <summary>Sees to it that the buffer has the next transaction.</summary>
    private void Fill(PendingRun run)
    {
        if (run.Next == run.Buffer.Length)
        {
            run.Buffer = Read(run, run.ReadCount);
            run.ReadCount += run.Buffer.Length;
            run.Next = 0;
        }
    }

    private PackedTransaction[] Read(PendingRun run, int place)
    {
        var entries = new PackedTransaction[Math.Min(BufferEntries, run.Count - place)];
        byte[] bytes = new byte[entries.Length * PackedTransaction.Size];
        ReadFully(bytes, run.Offset + ((long)place * PackedTransaction.Size));
        for (int i = 0; i < entries.Length; i++)
        {
            entries[i] = PackedTransaction.Read(bytes.AsSpan(i * PackedTransaction.Size));
        }

        return entries;
    }

    private void ReadFully(Span<byte> target, long offset)
    {
        int count = 0;
        while (count < target.Length)
        {
            int read = _file!.Read(target[count..], offset + count);
            count += read > 0 ? read : throw new EndOfStreamException($"{path} ends at byte {offset + count}, {target.Length - count} bytes too early. Start the Pump again: it sorts that part of its log anew.");
        }
    }

    private void Clear()
    {
        _runs.Clear();
        SmallestSegment = ulong.MaxValue;
        try
        {
            _file?.SetLength(0);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The space is freed when the file is used again or at the next start.
        }
    }
}
