using Binlog.RelayLog.Files;
using Binlog.RelayLog.Format;

namespace Binlog.RelayLog.Reading;

/// <summary>A segment of the open log. Mutable members change only under <see cref="LogState"/>'s lock.</summary>
internal sealed class Segment(SegmentHeader header, string path, long length)
{
    private readonly Lock _gate = new();
    private ILogFile? _readFile;
    private bool _closed;

    public SegmentHeader Header { get; } = header;

    public ulong Number => Header.Number;

    public string Path { get; } = path;

    public uint RecordSeed { get; } = header.RecordSeed;

    /// <summary>Valid bytes; of the last segment, those flushed.</summary>
    public long Length { get; set; } = length;

    public bool IsSealed { get; set; }

    public SegmentInfo Describe(long bytes) =>
        new(Number, Path, bytes, IsSealed, Header.BaseCommitTs, Header.FirstSequence, Header.CreatedUtc)
        {
            Gaps = (int)Header.GapCount,
            LostRecords = Header.LostSequences,
        };

    /// <summary>A file shared by all positioned reads, opened at the first one.</summary>
    public ILogFile OpenShared(ILogFileSystem fileSystem)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            return _readFile ??= fileSystem.OpenRead(Path);
        }
    }

    public void CloseShared()
    {
        lock (_gate)
        {
            _closed = true;
            _readFile?.Dispose();
            _readFile = null;
        }
    }
}
