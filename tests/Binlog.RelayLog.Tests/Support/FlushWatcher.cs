using System.Buffers.Binary;
using System.Globalization;
using System.Text.RegularExpressions;
using Binlog.RelayLog.Format;

namespace Binlog.RelayLog.Tests.Support;

/// <summary>Follows a log's system calls as strace prints them, and checks each acknowledgement against what had been flushed by then.</summary>
/// <remarks>
/// A flush counts from its end, a write from its beginning. The log never writes while it flushes, so a finished flush covers every write begun before. A new segment's records are durable once
/// its name is, too; those of the segments before it stay durable whatever happens to the name, so their acknowledgements may come while the next segment is being made.
/// </remarks>
internal sealed partial class FlushWatcher
{
    private readonly Dictionary<string, string> _unfinished = [];
    private readonly Dictionary<ushort, ulong> _written = [];
    private readonly Dictionary<ushort, ulong> _flushed = [];
    private readonly Dictionary<ushort, ulong> _durable = [];
    private bool _headerDirty;
    private bool _directoryDirty;

    public int Acknowledgements { get; private set; }

    public int Renames { get; private set; }

    public int Flushes { get; private set; }

    public void Observe(string line)
    {
        if (Merge(line) is not { } call)
        {
            return;
        }

        if (SegmentWrite().Match(call) is { Success: true } write)
        {
            NoteRecords(StraceText.Unescape(write.Groups[1].Value));
        }
        else if (SegmentFlush().IsMatch(call))
        {
            Flushes++;
            _headerDirty = false;
            foreach ((ushort appender, ulong number) in _written)
            {
                _flushed[appender] = number;
            }

            if (!_directoryDirty)
            {
                MakeFlushedDurable();
            }
        }
        else if (DirectoryFlush().IsMatch(call))
        {
            _directoryDirty = false;
            MakeFlushedDurable();
        }
        else if (SegmentRename().IsMatch(call))
        {
            Assert.False(_headerDirty, "a segment got its name before its header was flushed: " + call);
            _directoryDirty = true;
            Renames++;
        }
        else if (Acknowledgement().Match(call) is { Success: true } acknowledgement)
        {
            CheckAcknowledgement(
                ushort.Parse(acknowledgement.Groups[1].Value, CultureInfo.InvariantCulture),
                ulong.Parse(acknowledgement.Groups[2].Value, CultureInfo.InvariantCulture));
        }
    }

    private void CheckAcknowledgement(ushort appender, ulong number)
    {
        Assert.True(
            _flushed.TryGetValue(appender, out ulong flushed) && flushed >= number,
            $"record {number} of appender {appender} was acknowledged before it was flushed");
        Assert.True(
            _durable.TryGetValue(appender, out ulong durable) && durable >= number,
            $"record {number} of appender {appender} was acknowledged before its segment's name was durable");
        Acknowledgements++;
    }

    private void MakeFlushedDurable()
    {
        foreach ((ushort appender, ulong number) in _flushed)
        {
            _durable[appender] = number;
        }
    }

    private void NoteRecords(byte[] bytes)
    {
        if (bytes.AsSpan().StartsWith("BINLGSEG"u8))
        {
            _headerDirty = true;
            return;
        }

        for (int offset = 0; offset < bytes.Length;)
        {
            ReadOnlySpan<byte> header = bytes.AsSpan(offset, RecordHeader.Size);
            Assert.True(RecordHeader.HasMagic(header));
            _written[BinaryPrimitives.ReadUInt16LittleEndian(header[4..])] = BinaryPrimitives.ReadUInt64LittleEndian(header[24..]);
            offset += (int)RecordHeader.SizeOf(BinaryPrimitives.ReadInt32LittleEndian(header[8..]));
        }
    }

    /// <summary>A call during which another thread made one is printed in two parts.</summary>
    private string? Merge(string line)
    {
        Match head = Head().Match(line);
        string thread = head.Groups[1].Value;
        string call = head.Groups[2].Value;
        if (call.EndsWith("<unfinished ...>", StringComparison.Ordinal))
        {
            if (call.StartsWith("fdatasync", StringComparison.Ordinal) || call.StartsWith("fsync", StringComparison.Ordinal))
            {
                _unfinished[thread] = call.Replace(" <unfinished ...>", "", StringComparison.Ordinal);
                return null;
            }

            return call;
        }

        Match resumed = Resumed().Match(call);
        if (resumed.Success)
        {
            return _unfinished.Remove(thread, out string? begun) ? begun + resumed.Groups[1].Value : null;
        }

        return call;
    }

    [GeneratedRegex(@"^(\d+) +(.*)$")]
    private static partial Regex Head();

    [GeneratedRegex(@"^<\.\.\. \w+ resumed>(.*)$")]
    private static partial Regex Resumed();

    [GeneratedRegex(@"^pwrite64\(\d+<[^>]*\.seg(?:\.tmp)?>, ""(.*)"", \d+, \d+")]
    private static partial Regex SegmentWrite();

    [GeneratedRegex(@"^fdatasync\(\d+<[^>]*\.seg(?:\.tmp)?>\s*\)\s*= 0")]
    private static partial Regex SegmentFlush();

    [GeneratedRegex(@"^fsync\(\d+<[^>]*/log>\s*\)\s*= 0")]
    private static partial Regex DirectoryFlush();

    [GeneratedRegex(@"^rename\w*\(.*\.seg")]
    private static partial Regex SegmentRename();

    [GeneratedRegex(@"^write\(\d+<[^>]*>, ""(\d+) (\d+)\\n"", ")]
    private static partial Regex Acknowledgement();
}
