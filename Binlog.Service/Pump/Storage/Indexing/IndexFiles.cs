using System.Buffers;
using System.Globalization;
using Binlog.RelayLog.Files;
using Binlog.RelayLog.Format;

namespace Binlog.Service.Pump.Storage.Indexing;

/// <summary>The files of the index. One writer; reading a block is thread-safe. Layout: docs/formats/pump-index.md.</summary>
internal sealed class IndexFiles(ILogFileSystem fileSystem, string directory, Guid logId, IndexLayout layout) : IDisposable
{
    private const string Extension = ".idx";

    private readonly uint _seed = IndexFileHeader.SeedOf(logId);
    private ILogFile? _file;
    private long _fileNumber = -1;
    private bool _isNameNew;

    public IndexLayout Layout => layout;

    public string Directory => directory;

    /// <summary>Reads the summaries of the blocks from the first that is still there up to <paramref name="end"/> (exclusive).</summary>
    /// <param name="end">Number of the first block that was not full.</param>
    /// <param name="removedUpTo">Blocks before the first one may be missing when they end at or below this commit TS.</param>
    /// <exception cref="IndexDamagedException">One is missing or damaged.</exception>
    /// <exception cref="IndexReadException">The operating system failed to read.</exception>
    public List<BlockSummary> ReadSummaries(long end, ulong removedUpTo)
    {
        var summaries = new List<BlockSummary>();
        long[] numbers = [.. ListNumbers().Where(number => number * layout.FileBlocks < end)];
        long lastNumber = (end - 1) / layout.FileBlocks;
        if (end > 0 && (numbers.Length == 0 || numbers[^1] != lastNumber || numbers[^1] - numbers[0] != numbers.Length - 1))
        {
            throw new IndexDamagedException(directory, $"the files {string.Join(", ", numbers)}, but they must follow each other up to {lastNumber}");
        }

        foreach (long number in numbers)
        {
            ReadSummaries(number, end, summaries);
        }

        if (summaries.Count > 0 && summaries[0].PreviousCommitTs > removedUpTo)
        {
            throw new IndexDamagedException(directory, $"no blocks before block {summaries[0].Number}, but only those up to commit TS {removedUpTo} have been removed");
        }

        return summaries;
    }

    /// <summary>Reads a block.</summary>
    /// <exception cref="IndexDamagedException">It isn't what its summary says.</exception>
    /// <exception cref="IndexReadException">The operating system failed to read; the call may be repeated.</exception>
    public IndexBlock ReadBlock(in BlockSummary summary)
    {
        string path = PathOf(summary.Number / layout.FileBlocks);
        byte[] bytes = ArrayPool<byte>.Shared.Rent(layout.BlockBytes);
        try
        {
            Span<byte> block = bytes.AsSpan(0, layout.BlockBytes);
            Read(path, block, layout.BlockOffset(summary.Number % layout.FileBlocks));
            uint checksum = Crc32C.Compute(block, _seed);
            if (checksum != summary.Checksum)
            {
                throw new IndexDamagedException(path, Text($"checksum 0x{checksum:X8} for block {summary.Number}, expected 0x{summary.Checksum:X8}"));
            }

            var entries = new PackedTransaction[layout.BlockEntries];
            for (int place = 0; place < entries.Length; place++)
            {
                entries[place] = PackedTransaction.Read(block[(place * PackedTransaction.Size)..]);
            }

            return new IndexBlock(summary.Number, entries, entries.Length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>Sums up a full block.</summary>
    public BlockSummary Summarise(IndexBlock block, ulong previousCommitTs) =>
        WithBytes(block, bytes => BlockSummary.Of(block.Number, block.Entries, Crc32C.Compute(bytes.Span, _seed), previousCommitTs));

    /// <summary>Writes a full block and its summary; blocks are written in order. They are on stable storage after <see cref="Flush"/>.</summary>
    public void Write(IndexBlock block, BlockSummary summary)
    {
        ILogFile file = OpenForWriting(block.Number);
        long place = block.Number % layout.FileBlocks;
        WithBytes(block, bytes =>
        {
            file.Write(bytes.Span, layout.BlockOffset(place));
            return true;
        });
        Span<byte> summaryBytes = stackalloc byte[BlockSummary.Size];
        summary.Write(summaryBytes, _seed);
        file.Write(summaryBytes, IndexLayout.SummaryOffset(place));
    }

    /// <summary>Returns when everything that was written is on stable storage.</summary>
    public void Flush()
    {
        _file?.Flush();
        if (_isNameNew)
        {
            fileSystem.FlushDirectory(directory);
            _isNameNew = false;
        }
    }

    /// <summary>Deletes the files that hold only blocks below <paramref name="firstBlock"/>, but never that of the last full block.</summary>
    /// <param name="firstBlock">The first block that is needed.</param>
    /// <param name="end">Number of the first block that is not full.</param>
    public void DeleteBelow(long firstBlock, long end) =>
        Delete(number => (number + 1) * layout.FileBlocks <= firstBlock && number < (end - 1) / layout.FileBlocks);

    /// <summary>Deletes the files that hold only blocks from <paramref name="block"/> on.</summary>
    public void DeleteFrom(long block) => Delete(number => number * layout.FileBlocks >= block);

    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
        _fileNumber = -1;
    }

    private void Delete(Func<long, bool> isUnneeded)
    {
        foreach (long number in ListNumbers().Where(isUnneeded).ToArray())
        {
            fileSystem.Delete(PathOf(number));
        }
    }

    private void ReadSummaries(long number, long end, List<BlockSummary> summaries)
    {
        string path = PathOf(number);
        byte[] bytes = new byte[IndexLayout.SummaryOffset(layout.FileBlocks)];
        long first = number * layout.FileBlocks;
        int count = (int)Math.Min(layout.FileBlocks, end - first);
        Span<byte> head = bytes.AsSpan(0, (int)IndexLayout.SummaryOffset(count));
        Read(path, head, 0);
        if (new IndexFileHeader(logId, number, layout).FindDifference(head) is { } difference)
        {
            throw new IndexDamagedException(path, difference);
        }

        for (int place = 0; place < count; place++)
        {
            if (!BlockSummary.TryRead(head[(int)IndexLayout.SummaryOffset(place)..], _seed, first + place, out BlockSummary summary))
            {
                throw new IndexDamagedException(path, $"no intact summary of block {first + place}");
            }

            summaries.Add(summary);
        }
    }

    private ILogFile OpenForWriting(long block)
    {
        long number = block / layout.FileBlocks;
        if (_file is not null && _fileNumber == number)
        {
            return _file;
        }

        if (_file is not null)
        {
            Flush();
            Dispose();
        }

        bool isNew = block % layout.FileBlocks == 0;
        ILogFile file = isNew ? Create(number) : fileSystem.OpenWrite(PathOf(number));
        _file = file;
        _fileNumber = number;
        return file;
    }

    private ILogFile Create(long number)
    {
        ILogFile file = fileSystem.Create(PathOf(number));
        try
        {
            Span<byte> header = stackalloc byte[IndexFileHeader.Size];
            new IndexFileHeader(logId, number, layout).Write(header);
            file.Write(header, 0);
            _isNameNew = true;
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private void Read(string path, Span<byte> target, long offset)
    {
        try
        {
            using ILogFile file = fileSystem.OpenRead(path);
            int count = 0;
            int read;
            while (count < target.Length && (read = file.Read(target[count..], offset + count)) > 0)
            {
                count += read;
            }

            if (count < target.Length)
            {
                throw new IndexDamagedException(path, $"{count} bytes from byte {offset} on, expected {target.Length}");
            }
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new IndexDamagedException(path, "no such file", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IndexReadException(path, exception);
        }
    }

    private T WithBytes<T>(IndexBlock block, Func<ReadOnlyMemory<byte>, T> use)
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(layout.BlockBytes);
        try
        {
            ReadOnlySpan<PackedTransaction> entries = block.Entries;
            for (int place = 0; place < entries.Length; place++)
            {
                entries[place].Write(bytes.AsSpan(place * PackedTransaction.Size));
            }

            return use(bytes.AsMemory(0, layout.BlockBytes));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private IEnumerable<long> ListNumbers() => fileSystem.ListFiles(directory)
        .Where(name => name.EndsWith(Extension, StringComparison.Ordinal))
        .Select(name => long.TryParse(name.AsSpan(0, name.Length - Extension.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : -1)
        .Where(number => number >= 0)
        .Order();

    private string PathOf(long number) => Path.Combine(directory, number.ToString("D20", CultureInfo.InvariantCulture) + Extension);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
