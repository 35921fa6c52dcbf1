using Binlog.RelayLog;
using Binlog.RelayLog.Files;

namespace Binlog.Service.Tests.Drainer.Relaying;

/// <summary>The real file system, on which writes fail for want of space while a test says so.</summary>
internal sealed class FullableFileSystem : ILogFileSystem
{
    private const int NoSpace = 28;
    private readonly ILogFileSystem _files = new SegmentedLogOptions { Directory = "." }.FileSystem;
    private volatile bool _isFull;
    private int _refusals;

    public bool IsFull
    {
        get => _isFull;
        set => _isFull = value;
    }

    public void CreateDirectory(string path) => _files.CreateDirectory(path);

    public IReadOnlyList<string> ListFiles(string directory) => _files.ListFiles(directory);

    public ILogFile Create(string path) => new FullableFile(this, Check(() => _files.Create(path)));

    public ILogFile OpenRead(string path) => _files.OpenRead(path);

    public ILogFile OpenWrite(string path) => new FullableFile(this, _files.OpenWrite(path));

    public void Rename(string from, string to) => _files.Rename(from, to);

    public void Delete(string path) => _files.Delete(path);

    public void FlushDirectory(string path) => _files.FlushDirectory(path);

    public IDisposable Lock(string path) => _files.Lock(path);

    public string? DescribeLockOwner(string path) => _files.DescribeLockOwner(path);

    /// <summary>How often there was no space.</summary>
    public int Refusals => Volatile.Read(ref _refusals);

    private T Check<T>(Func<T> action)
    {
        if (!_isFull)
        {
            return action();
        }

        Interlocked.Increment(ref _refusals);
        throw new IOException("No space left on device", NoSpace);
    }

    private sealed class FullableFile(FullableFileSystem owner, ILogFile file) : ILogFile
    {
        public long Length => file.Length;

        public int Read(Span<byte> buffer, long offset) => file.Read(buffer, offset);

        public void Write(ReadOnlySpan<byte> buffer, long offset)
        {
            owner.Check(() => 0);
            file.Write(buffer, offset);
        }

        public bool TryReserve(long end) => file.TryReserve(end);

        public void SetLength(long length) => file.SetLength(length);

        public void Flush() => file.Flush();

        public void Dispose() => file.Dispose();
    }
}
