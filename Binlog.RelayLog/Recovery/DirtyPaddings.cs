using System.Globalization;
using Binlog.RelayLog.Format;
using Binlog.RelayLog.Reading;

namespace Binlog.RelayLog.Recovery;

/// <summary>
/// The records of a segment that are intact but for the zeros behind them. No unfinished append leaves such a record: payload and padding share
/// an 8-byte word, which a disk writes whole. It is damage that costs nothing.
/// </summary>
internal sealed class DirtyPaddings
{
    private readonly List<(long From, long To)> _ranges = [];
    private long _firstOffset;
    private ulong _firstSequence;
    private int _recordsAfter;
    private ulong _latestGroupStart;

    /// <summary>The bytes that should be zero.</summary>
    public IReadOnlyList<(long From, long To)> Ranges => _ranges;

    /// <summary>Looks at the record that the cursor has just read.</summary>
    public void Add(in RecordHeader record, RecordCursor cursor)
    {
        if (_ranges.Count > 0)
        {
            Follow(1, record.GroupStart);
        }

        if (!cursor.HasDirtyPadding)
        {
            return;
        }

        long start = cursor.Offset - record.RecordSize;
        if (_ranges.Count == 0)
        {
            (_firstOffset, _firstSequence) = (start, record.Sequence);
        }

        _ranges.Add((start + RecordHeader.Size + record.PayloadLength, cursor.Offset));
    }

    /// <summary>Notes intact records behind the first of them.</summary>
    public void Follow(int records, ulong latestGroupStart)
    {
        _recordsAfter += records;
        _latestGroupStart = Math.Max(_latestGroupStart, latestGroupStart);
    }

    /// <summary>The findings as they are when the first of them counts as damage, which stops the opening where the records behind it prove that it had been flushed; null when there is none.</summary>
    public TailFindings? AsDamage(in TailFindings findings) => _ranges.Count == 0 ? null : findings with
    {
        End = _firstOffset,
        NextSequence = _firstSequence,
        Damage = new RecordDamage(_firstOffset, string.Create(CultureInfo.InvariantCulture, $"zero padding after record {_firstSequence}"), "other bytes"),
        RecordsAfter = _recordsAfter,
        LatestGroupStart = _latestGroupStart,
    };
}
