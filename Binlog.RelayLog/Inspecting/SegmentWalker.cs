using Binlog.RelayLog.Files;
using Binlog.RelayLog.Format;
using Binlog.RelayLog.Reading;
using Binlog.RelayLog.Recovery;

namespace Binlog.RelayLog.Inspecting;

/// <summary>Walks a segment from its first to its last intact record, over gaps and over damage. Owns the file. Not thread-safe.</summary>
internal sealed class SegmentWalker : IDisposable
{
    private readonly RecordCursor _cursor;
    private readonly IntactRecordSearch _search;
    private readonly IntactRecordSearch _secondSearch;
    private readonly ILogFile _file;
    private readonly ulong _endSequence;
    private bool _ended;

    /// <param name="file">Disposed with the walker.</param>
    /// <param name="path">For messages.</param>
    /// <param name="header">Its identity makes records of this segment known from all others.</param>
    /// <param name="maxRecordBytes">Larger payloads are refused before memory is taken.</param>
    /// <param name="limit">Bytes from here on don't belong to the segment.</param>
    /// <param name="endSequence">Records from this sequence number on don't belong to it either; 0 when unknown.</param>
    public SegmentWalker(ILogFile file, string path, in SegmentHeader header, int maxRecordBytes, long limit, ulong endSequence)
    {
        _cursor = new RecordCursor(file, path, header.RecordSeed, maxRecordBytes, SegmentHeader.Size, header.FirstSequence)
        {
            Limit = Math.Max(limit, SegmentHeader.Size),
            AcceptDirtyPadding = true,
        };
        _search = new IntactRecordSearch(file, header.RecordSeed);
        _secondSearch = new IntactRecordSearch(file, header.RecordSeed);
        _file = file;
        _endSequence = endSequence;
        Start = SegmentHeader.Size;
        NextSequence = header.FirstSequence;
    }

    /// <summary>For a log's last segment: zeros at its end are space in reserve.</summary>
    public bool HasReserve { get; init; }

    /// <summary>Larger payloads are checked, but not handed out (they are empty then), unless they fit the cursor's window.</summary>
    public int LargestPayload
    {
        init => _cursor.LargestPayload = value;
    }

    /// <summary>Where the last step's record, gap or hole begins.</summary>
    public long Start { get; private set; }

    /// <summary>First byte behind it.</summary>
    public long End => _cursor.Offset;

    /// <summary>Sequence number that follows it; 0 when unknown.</summary>
    public ulong NextSequence { get; private set; }

    /// <summary>What the last step found, for <see cref="WalkStep.Gap"/>.</summary>
    public GapHeader Gap => _cursor.Gap;

    /// <summary>What the last step found, for <see cref="WalkStep.Hole"/>.</summary>
    public RecordHole? Hole { get; private set; }

    /// <summary>Whether the bytes behind the last record's payload aren't zero.</summary>
    public bool HasDirtyPadding => _cursor.HasDirtyPadding;

    /// <summary>Takes a step. The payload is valid until the next one.</summary>
    /// <exception cref="LogReadException">The operating system failed to read.</exception>
    public WalkStep Next(out RecordHeader header, out ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        WalkStep step;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            step = TakeStep(out header, out payload, cancellationToken);
        }
        while (step == WalkStep.Again);

        return step;
    }

    public void Dispose() => _cursor.Dispose();

    private WalkStep TakeStep(out RecordHeader header, out ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        header = default;
        payload = default;
        if (_ended)
        {
            return WalkStep.End;
        }

        Start = _cursor.Offset;
        switch (_cursor.Read(out header, out payload))
        {
            case CursorStatus.Record when _endSequence != 0 && header.Sequence >= _endSequence:
                _ended = true;
                return WalkStep.End;

            case CursorStatus.Record:
                NextSequence = _cursor.NextSequence;
                return WalkStep.Record;

            case CursorStatus.Gap:
                _cursor.SkipGap();
                NextSequence = _cursor.NextSequence;
                return WalkStep.Gap;

            case CursorStatus.Damaged:
                return PassDamage(cancellationToken);

            default:
                _ended = true;
                return WalkStep.End;
        }
    }

    private WalkStep PassDamage(CancellationToken cancellationToken)
    {
        RecordDamage damage = _cursor.Damage;
        bool follows;
        IntactRecord next;
        long dataEnd = _cursor.Limit;
        try
        {
            follows = HasReserve ? TryFindBesideWriter(cancellationToken, out next) : TryFind(cancellationToken, out next);
            if (!follows && HasReserve)
            {
                dataEnd = ZeroTail.EndOfData(_file, Start, _cursor.Limit);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LogReadException(_cursor.Path, Start, e);
        }

        if (follows && HasReserve && (next.Offset, next.Sequence) == (Start, _cursor.NextSequence))
        {
            _cursor.Forget();
            return WalkStep.Again;
        }

        long to = follows ? next.Offset : _cursor.Limit;
        Hole = new RecordHole(Start, follows ? to : dataEnd, NextSequence, follows ? next.Sequence : 0, damage.Expected, damage.Found);
        _cursor.Skip(to - Start, follows ? next.Sequence : 0);
        NextSequence = follows ? next.Sequence : NextSequence;
        _ended = dataEnd == Start;
        return _ended ? WalkStep.End : WalkStep.Hole;
    }

    private bool TryFind(CancellationToken cancellationToken, out IntactRecord next) =>
        _search.TryFind(Start, _cursor.Limit, _cursor.NextSequence, _endSequence, cancellationToken, out next);

    /// <summary>The same in a file that a process may be writing. Reads nothing twice but the hole, and once what lies behind the last record.</summary>
    private bool TryFindBesideWriter(CancellationToken cancellationToken, out IntactRecord next)
    {
        if (!TryFind(cancellationToken, out next))
        {
            // What was read before may be the reserve, in which records stand by now.
            _search.Forget();
            if (!TryFind(cancellationToken, out next))
            {
                return false;
            }
        }

        // A read beside a write may show a later part of it and not yet an earlier one, and what was read before may be older than the record that was
        // found. The writer writes in order, so once that record is there, a second reading of what lies before it shows it as it is.
        _secondSearch.Forget();
        if (_secondSearch.TryFind(Start, next.Offset, _cursor.NextSequence, _endSequence, cancellationToken, out IntactRecord earlier))
        {
            next = earlier;
        }

        return true;
    }
}
