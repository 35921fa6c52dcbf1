using Binlog.RelayLog.Files;

namespace Binlog.RelayLog.Tests.Support;

/// <summary>The real file system, which counts the files that are open for reading, and what is read from them.</summary>
internal sealed class CountingFileSystem : ILogFileSystem
{
    private readonly PhysicalLogFileSystem _real = PhysicalLogFileSystem.Instance;
    private int _openCount;
    private long _bytesRead;

    public int OpenCount => Volatile.Read(ref _openCount);

    public long BytesRead => Interlocked.Read(ref _bytesRead);

    public void CreateDirectory(string path) => _real.CreateDirectory(path);

    public IReadOnlyList<string> ListFiles(string directory) => _real.ListFiles(directory);

    public ILogFile Create(string path) => _real.Create(path);

    public ILogFile OpenRead(string path)
    {
        ILogFile file = _real.OpenRead(path);
        Interlocked.Increment(ref _openCount);
        return new CountedFile(this, file);
    }

    public ILogFile OpenWrite(string path) => _real.OpenWrite(path);

    public void Rename(string from, string to) => _real.Rename(from, to);

    public void Delete(string path) => _real.Delete(path);

    public void FlushDirectory(string path) => _real.FlushDirectory(path);

    public IDisposable Lock(string path) => _real.Lock(path);

    public string? DescribeLockOwner(string path) => _real.DescribeLockOwner(path);

    private sealed class CountedFile(CountingFileSystem owner, ILogFile real) : ILogFile
    {
        public long Length => real.Length;

        public int Read(Span<byte> buffer, long offset)
        {
            int read = real.Read(buffer, offset);
            Interlocked.Add(ref owner._bytesRead, read);
            return read;
        }

        public void Write(ReadOnlySpan<byte> buffer, long offset) => throw new NotSupportedException("It is open for reading.");

        public bool TryReserve(long end) => throw new NotSupportedException("It is open for reading.");

        public void SetLength(long length) => throw new NotSupportedException("It is open for reading.");

        public void Flush() => throw new NotSupportedException("It is open for reading.");

        public void Dispose()
        {
            Interlocked.Decrement(ref owner._openCount);
            real.Dispose();
        }
    }
}
