using Binlog.RelayLog.Files;
using Binlog.RelayLog.Format;

namespace Binlog.RelayLog.Reading;

/// <summary>A segment of the open log. Mutable members change only under <see cref="LogState"/>'s lock.</summary>
internal sealed class Segment(SegmentHeader header, string path, long length)
{
    private readonly Lock _gate = new();
    private ILogFile? _readFile;
    private int _readers;
    private long _lastUse;
    private bool _closeWhenIdle;
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

    /// <summary>Whether the file shared by positioned reads is open.</summary>
    public bool IsOpen => Volatile.Read(ref _readFile) is not null;

    /// <summary>When a read last took the file, on the clock of <see cref="OpenSegments"/>.</summary>
    public long LastUse => Volatile.Read(ref _lastUse);

    /// <summary>Lends the shared file when it is open and to stay so; null otherwise.</summary>
    public ILogFile? TryLend(long now)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            return _readFile is null || _closeWhenIdle ? null : Lend(_readFile, now);
        }
    }

    /// <summary>Opens the shared file when necessary, and lends it.</summary>
    public ILogFile LendOpened(ILogFileSystem fileSystem, long now)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            _closeWhenIdle = false;
            return Lend(_readFile ??= fileSystem.OpenRead(Path), now);
        }
    }

    /// <summary>A read that was lent the file is over.</summary>
    public void Return()
    {
        lock (_gate)
        {
            _readers--;
            CloseIfUnused();
        }
    }

    /// <summary>Closes the shared file, now or after the reads in flight. The next read opens it again.</summary>
    public void CloseIdle()
    {
        lock (_gate)
        {
            _closeWhenIdle = true;
            CloseIfUnused();
        }
    }

    /// <summary>Closes the shared file for good, now or after the reads in flight.</summary>
    public void CloseShared()
    {
        lock (_gate)
        {
            _closed = true;
            CloseIfUnused();
        }
    }

    private ILogFile Lend(ILogFile file, long now)
    {
        _readers++;
        Volatile.Write(ref _lastUse, now);
        return file;
    }

    private void CloseIfUnused()
    {
        if (_readers == 0 && (_closed || _closeWhenIdle))
        {
            _readFile?.Dispose();
            _readFile = null;
            _closeWhenIdle = false;
        }
    }
}
