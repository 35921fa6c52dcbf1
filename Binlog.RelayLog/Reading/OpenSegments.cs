using Binlog.RelayLog.Files;

namespace Binlog.RelayLog.Reading;

/// <summary>
/// The segments whose files are open for positioned reads: at most so many, however many segments there are. Thread-safe.
/// </summary>
/// <remarks>The hot path, a segment that is open, takes the segment's own lock only; this one is taken to open a file.</remarks>
/// <param name="fileSystem">Where the files are.</param>
/// <param name="capacity">Files that may stay open. One more per read in flight may be open for a moment.</param>
internal sealed class OpenSegments(ILogFileSystem fileSystem, int capacity)
{
    private readonly Lock _gate = new();
    private readonly List<Segment> _open = [];
    private long _clock;

    /// <summary>Number of segments whose file is open.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _open.Count(segment => segment.IsOpen);
            }
        }
    }

    /// <summary>Lends a segment's file to one reader; call <see cref="Segment.Return"/> after the read.</summary>
    /// <exception cref="ObjectDisposedException">The segment was removed, or the log is closed.</exception>
    /// <exception cref="IOException">The file couldn't be opened.</exception>
    public ILogFile Lend(Segment segment)
    {
        long now = Interlocked.Increment(ref _clock);
        return segment.TryLend(now) ?? Open(segment, now);
    }

    private ILogFile Open(Segment segment, long now)
    {
        lock (_gate)
        {
            _open.RemoveAll(open => !open.IsOpen);
            ILogFile file = segment.LendOpened(fileSystem, now);
            if (!_open.Contains(segment))
            {
                _open.Add(segment);
            }

            while (_open.Count > capacity)
            {
                Segment oldest = _open.MinBy(open => open.LastUse)!;
                _open.Remove(oldest);
                oldest.CloseIdle();
            }

            return file;
        }
    }
}
