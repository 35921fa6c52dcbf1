using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using Binlog.RelayLog.Files;
using Binlog.RelayLog.Format;

namespace Binlog.RelayLog.Reading;

/// <summary>Walks the records of one segment file up to a limit, checking everything. Owns the file. Not thread-safe.</summary>
/// <remarks>Memory: one window of 256 KiB, which grows only for a record whose checked header says that it is larger, and shrinks afterwards.</remarks>
internal sealed partial class RecordCursor : IDisposable
{
    private const int WindowSize = 256 * 1024;

    private readonly ILogFile _file;
    private readonly string _path;
    private readonly uint _seed;
    private readonly int _maxRecordBytes;
    private byte[] _window = ArrayPool<byte>.Shared.Rent(WindowSize);
    private int _start;
    private int _count;
    private bool _disposed;

    /// <param name="file">Disposed with the cursor.</param>
    /// <param name="path">For messages.</param>
    /// <param name="seed">The segment's <see cref="SegmentHeader.RecordSeed"/>.</param>
    /// <param name="maxRecordBytes">Larger payloads are refused before memory is taken.</param>
    /// <param name="offset">Where the first record is expected.</param>
    /// <param name="nextSequence">Its sequence number; 0 when unknown.</param>
    public RecordCursor(ILogFile file, string path, uint seed, int maxRecordBytes, long offset, ulong nextSequence)
    {
        _file = file;
        _path = path;
        _seed = seed;
        _maxRecordBytes = maxRecordBytes;
        Offset = offset;
        Limit = offset;
        NextSequence = nextSequence;
    }

    /// <summary>The file's path, for messages.</summary>
    public string Path => _path;

    /// <summary>Where the next record begins.</summary>
    public long Offset { get; private set; }

    /// <summary>Nothing at or after this offset is read.</summary>
    public long Limit { get; set; }

    /// <summary>Sequence number that the next record must have; 0 while unknown.</summary>
    public ulong NextSequence { get; private set; }

    /// <summary>Records whose payloads nobody needs: of those that don't fit the window, they are checked but not handed out (they are empty then), so that they take no memory. Default: none.</summary>
    public Predicate<RecordTag>? IsPayloadNeedless { get; set; }

    /// <summary>Of larger payloads the same holds, whatever their tag. Default: none.</summary>
    public int LargestPayload { get; set; } = int.MaxValue;

    /// <summary>Records that are stepped over, for somebody else to read. Default: none.</summary>
    public LargeRecordSelection? Large { get; set; }

    /// <summary>Why the last step answered <see cref="CursorStatus.Damaged"/>.</summary>
    public RecordDamage Damage { get; private set; }

    /// <summary>What the last step found when it answered <see cref="CursorStatus.Gap"/>.</summary>
    public GapHeader Gap { get; private set; }

    /// <summary>Takes a record whose padding isn't zero: nothing of it is lost. Default false: it is damaged.</summary>
    public bool AcceptDirtyPadding { get; init; }

    /// <summary>Whether the padding of the last record isn't zero.</summary>
    public bool HasDirtyPadding { get; private set; }

    /// <summary>Steps over one record. The payload is valid until the next call.</summary>
    /// <exception cref="RecordTooLargeException">An intact header announces more than the limit: a matter of configuration, not of damage.</exception>
    /// <exception cref="LogReadException">The operating system failed to read.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public CursorStatus Read(out RecordHeader header, out ReadOnlyMemory<byte> payload)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        payload = default;
        header = default;
        if (Offset == Limit)
        {
            return CursorStatus.End;
        }

        if (!Fill(RecordHeader.Size))
        {
            return Fail("a record header of 48 bytes", $"{_count} bytes before the end");
        }

        ReadOnlySpan<byte> bytes = _window.AsSpan(_start, RecordHeader.Size);
        if (GapHeader.TryRead(bytes, _seed, out GapHeader gap))
        {
            return ReadGap(gap);
        }

        if (!RecordHeader.TryRead(bytes, _seed, out header))
        {
            (string expected, string found) = RecordHeader.Explain(bytes, _seed);
            return Fail(expected, found);
        }

        if (NextSequence != 0 && header.Sequence != NextSequence)
        {
            return Fail(Invariant($"sequence {NextSequence}"), Invariant($"sequence {header.Sequence}"));
        }

        return ReadPayload(header, out payload);
    }

    /// <summary>Moves on to where a record with that sequence number (0: unknown) begins.</summary>
    public void Skip(long bytes, ulong nextSequence)
    {
        int buffered = (int)Math.Min(bytes, _count);
        _start += buffered;
        _count -= buffered;
        Offset += bytes;
        NextSequence = nextSequence;
    }

    /// <summary>Gives up what was read ahead, for a file that may have got more since.</summary>
    public void Forget() => (_start, _count) = (0, 0);

    /// <summary>Moves behind the gap that the last step found.</summary>
    public void SkipGap() => Skip(Gap.Length, Gap.NextSequence);

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _file.Dispose();
            ArrayPool<byte>.Shared.Return(_window);
            _window = [];
        }
    }

    private CursorStatus ReadGap(in GapHeader gap)
    {
        if (NextSequence != 0 && gap.FirstSequence != NextSequence)
        {
            return Fail(Invariant($"sequence {NextSequence}"), Invariant($"a gap from sequence {gap.FirstSequence} on"));
        }

        if (gap.Length > Limit - Offset)
        {
            return Fail(Invariant($"a gap of {gap.Length} bytes"), Invariant($"{Limit - Offset} bytes before the end"));
        }

        Gap = gap;
        return CursorStatus.Gap;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private CursorStatus ReadPayload(in RecordHeader header, out ReadOnlyMemory<byte> payload)
    {
        payload = default;
        long size = header.RecordSize;
        if (size <= Limit - Offset && Large is { } large && header.PayloadLength > large.AboveBytes && large.IsWanted(header.Tag))
        {
            return StepOver(header);
        }

        if (size <= Limit - Offset && size > _window.Length && (header.PayloadLength > LargestPayload || IsPayloadNeedless?.Invoke(header.Tag) == true))
        {
            return CheckInPieces(header);
        }

        if (size <= Limit - Offset && (header.PayloadLength > _maxRecordBytes || size > Array.MaxLength))
        {
            throw new RecordTooLargeException(Invariant($"{_path} at byte {Offset}"), header.PayloadLength, Math.Min(_maxRecordBytes, Array.MaxLength - RecordHeader.Size));
        }

        if (size > Limit - Offset || !Fill((int)size))
        {
            return Fail(Invariant($"record {header.Sequence} of {size} bytes"), Invariant($"{Limit - Offset} bytes before the end"));
        }

        ReadOnlyMemory<byte> body = _window.AsMemory(_start + RecordHeader.Size, header.PayloadLength);
        uint checksum = Crc32C.Compute(body.Span);
        if (checksum != header.PayloadChecksum)
        {
            return FailChecksum(header, checksum);
        }

        int used = RecordHeader.Size + header.PayloadLength;
        HasDirtyPadding = _window.AsSpan(_start + used, (int)size - used).ContainsAnyExcept((byte)0);
        if (HasDirtyPadding && !AcceptDirtyPadding)
        {
            return Fail(Invariant($"zero padding after record {header.Sequence}"), "other bytes");
        }

        payload = body;
        Skip(size, header.Sequence + 1);
        return CursorStatus.Record;
    }

    /// <summary>Makes <paramref name="needed"/> bytes available at <see cref="Offset"/>; false when the file or the limit ends before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool Fill(int needed)
    {
        if (_count >= needed)
        {
            return true;
        }

        MakeRoom(needed);
        while (_count < needed)
        {
            long from = Offset + _count;
            int wanted = (int)Math.Min(_window.Length - _start - _count, Limit - from);
            int read = wanted <= 0 ? 0 : ReadFile(_window.AsSpan(_start + _count, wanted), from);
            if (read == 0)
            {
                return false;
            }

            _count += read;
        }

        return true;
    }

    private void MakeRoom(int needed)
    {
        bool shrink = _window.Length > 2 * WindowSize && needed <= WindowSize && _count <= WindowSize;
        if (needed > _window.Length || shrink)
        {
            byte[] window = ArrayPool<byte>.Shared.Rent(Math.Max(needed, WindowSize));
            _window.AsSpan(_start, _count).CopyTo(window);
            ArrayPool<byte>.Shared.Return(_window);
            _window = window;
            _start = 0;
        }
        else if (_start + needed > _window.Length || _count == 0)
        {
            _window.AsSpan(_start, _count).CopyTo(_window);
            _start = 0;
        }
    }

    private int ReadFile(Span<byte> target, long offset)
    {
        try
        {
            return _file.Read(target, offset);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LogReadException(_path, offset, e);
        }
    }

    private CursorStatus FailChecksum(in RecordHeader header, uint found) =>
        Fail(Invariant($"payload checksum 0x{header.PayloadChecksum:X8} for record {header.Sequence}"), Invariant($"payload checksum 0x{found:X8}"));

    private CursorStatus Fail(string expected, string found)
    {
        Damage = new RecordDamage(Offset, expected, found);
        return CursorStatus.Damaged;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
