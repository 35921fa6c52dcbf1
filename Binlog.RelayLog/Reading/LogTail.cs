namespace Binlog.RelayLog.Reading;

/// <summary>
/// The newest bytes of a log in memory, so that readers at its end touch no file. One writer, which the log's queue sees to; any
/// number of readers, without locks.
/// </summary>
/// <remarks>
/// A ring. A reader copies bytes out first and then looks whether they were overwritten meanwhile: the writer moves
/// <see cref="_start"/> on before it overwrites. Only flushed bytes can be read: <see cref="_end"/> moves after the flush.
/// </remarks>
internal sealed class LogTail(int capacityBytes)
{
    /// <summary>A span begins at a new segment, and after a record that is too large to be kept here.</summary>
    private const int MaxSpans = 1024;

    private readonly byte[] _ring = GC.AllocateUninitializedArray<byte>(capacityBytes);
    private TailSpan[] _spans = [];
    private long _start;
    private long _end;
    private long _written;

    /// <summary>Takes bytes that are being written to a file. Writer only.</summary>
    public void Append(ulong segment, long offset, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _ring.Length)
        {
            return;
        }

        if (!Continues(segment, offset))
        {
            BeginSpan(new TailSpan(segment, offset, _written));
        }

        MoveStart(_written + bytes.Length - _ring.Length);
        int at = (int)(_written % _ring.Length);
        int first = Math.Min(bytes.Length, _ring.Length - at);
        bytes[..first].CopyTo(_ring.AsSpan(at));
        bytes[first..].CopyTo(_ring);
        _written += bytes.Length;
    }

    /// <summary>What was appended is flushed. Writer only.</summary>
    public void Publish() => Volatile.Write(ref _end, _written);

    /// <summary>What was appended since <see cref="Publish"/> was given up. Writer only.</summary>
    public void Discard()
    {
        _written = _end;
        Volatile.Write(ref _spans, [.. _spans.Where(span => span.Base < _end)]);
    }

    /// <summary>Copies the bytes at a position, as many as there are up to the target's length.</summary>
    /// <returns>How many were copied; 0 when the position isn't here, or not any more.</returns>
    public int Copy(LogPosition position, Span<byte> target)
    {
        // The end first: the spans are then at least as new as it is.
        long end = Volatile.Read(ref _end);
        TailSpan[] spans = Volatile.Read(ref _spans);
        for (int i = spans.Length - 1; i >= 0; i--)
        {
            ref readonly TailSpan span = ref spans[i];
            if (span.Segment < position.Segment)
            {
                return 0;
            }

            if (span.Segment == position.Segment && span.Offset <= position.Offset)
            {
                long limit = i + 1 < spans.Length ? Math.Min(spans[i + 1].Base, end) : end;
                return Copy(span.Base + (position.Offset - span.Offset), limit, target);
            }
        }

        return 0;
    }

    private int Copy(long from, long limit, Span<byte> target)
    {
        if (from >= limit || from < Volatile.Read(ref _start))
        {
            return 0;
        }

        int count = (int)Math.Min(target.Length, limit - from);
        int at = (int)(from % _ring.Length);
        int first = Math.Min(count, _ring.Length - at);
        _ring.AsSpan(at, first).CopyTo(target);
        _ring.AsSpan(0, count - first).CopyTo(target[first..]);
        Interlocked.MemoryBarrier();
        return from >= Volatile.Read(ref _start) ? count : 0;
    }

    private bool Continues(ulong segment, long offset) =>
        _spans.Length > 0 && _spans[^1] is { } last && last.Segment == segment && last.Offset + (_written - last.Base) == offset;

    private void BeginSpan(TailSpan span)
    {
        int skip = 0;
        while (skip + 1 < _spans.Length && (_spans[skip + 1].Base <= _start || _spans.Length - skip >= MaxSpans))
        {
            skip++;
        }

        if (skip > 0)
        {
            MoveStart(_spans[skip].Base);
        }

        Volatile.Write(ref _spans, [.. _spans.AsSpan(skip), span]);
    }

    private void MoveStart(long start)
    {
        if (start > _start)
        {
            Volatile.Write(ref _start, start);
            Interlocked.MemoryBarrier();
        }
    }
}
