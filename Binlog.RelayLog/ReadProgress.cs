namespace Binlog.RelayLog;

/// <summary>How far a reading of a whole log, or a copying of segments, is. Any thread may look.</summary>
public sealed class ReadProgress
{
    private long _bytes;
    private long _totalBytes;

    /// <summary>Bytes read so far.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Bytes to read; 0 until that is known.</summary>
    public long TotalBytes
    {
        get => Interlocked.Read(ref _totalBytes);
        internal set => Interlocked.Exchange(ref _totalBytes, value);
    }

    internal void Add(long bytes) => Interlocked.Add(ref _bytes, bytes);
}
