using Binlog.RelayLog;
using Binlog.RelayLog.Files;

namespace Binlog.Service.Tests.Pump.Storage;

/// <summary>The real file system, until something is to fail: all flushes, all reads of some files, or one operation once. Thread-safe.</summary>
internal sealed class FailingFileSystem : ILogFileSystem
{
    private static readonly ILogFileSystem Real = new SegmentedLogOptions { Directory = "." }.FileSystem;

    private FileOperation? _failing;
    private int _left;

    /// <summary>Whether every flush fails from now on.</summary>
    public bool FlushesFail { get; set; }

    /// <summary>The files, by name, that can't be opened or read from now on; null when all can.</summary>
    public Func<string, bool>? Unreadable { get; set; }

    /// <summary>Whether the single failure has happened.</summary>
    public bool HasFailed => Volatile.Read(ref _left) <= 0;

    /// <summary>The n-th operation of a kind fails, once; a write then leaves half of its bytes.</summary>
    public void FailOnce(FileOperation operation, int nth) => (_failing, _left) = (operation, nth);

    public void CreateDirectory(string path) => Real.CreateDirectory(path);

    public IReadOnlyList<string> ListFiles(string directory) => Real.ListFiles(directory);

    public ILogFile Create(string path)
    {
        ThrowWhenDue(FileOperation.Create);
        return new FailingFile(this, path, Real.Create(path));
    }

    public ILogFile OpenRead(string path)
    {
        ThrowWhenUnreadable(FileOperation.OpenRead, path);
        return new FailingFile(this, path, Real.OpenRead(path));
    }

    public ILogFile OpenWrite(string path) => new FailingFile(this, path, Real.OpenWrite(path));

    public void Rename(string from, string to)
    {
        ThrowWhenDue(FileOperation.Rename);
        Real.Rename(from, to);
    }

    public void Delete(string path) => Real.Delete(path);

    public void FlushDirectory(string path)
    {
        ThrowWhenDue(FileOperation.FlushDirectory);
        Real.FlushDirectory(path);
    }

    public IDisposable Lock(string path) => Real.Lock(path);

    public string? DescribeLockOwner(string path) => Real.DescribeLockOwner(path);

    private bool IsDue(FileOperation operation) => _failing == operation && Interlocked.Decrement(ref _left) == 0;

    private void ThrowWhenDue(FileOperation operation)
    {
        if (IsDue(operation))
        {
            throw new IOException($"the disk failed at a {operation}");
        }
    }

    private void ThrowWhenUnreadable(FileOperation operation, string path)
    {
        ThrowWhenDue(operation);
        if (Unreadable?.Invoke(Path.GetFileName(path)) == true)
        {
            throw new IOException($"{path} can't be read for the moment");
        }
    }

    private sealed class FailingFile(FailingFileSystem owner, string path, ILogFile real) : ILogFile
    {
        public long Length => real.Length;

        public int Read(Span<byte> buffer, long offset)
        {
            owner.ThrowWhenUnreadable(FileOperation.Read, path);
            return real.Read(buffer, offset);
        }

        public void Write(ReadOnlySpan<byte> buffer, long offset)
        {
            if (owner.IsDue(FileOperation.Write))
            {
                real.Write(buffer[..(buffer.Length / 2)], offset);
                throw new IOException("the disk failed in a write");
            }

            real.Write(buffer, offset);
        }

        public bool TryReserve(long end) => real.TryReserve(end);

        public void SetLength(long length) => real.SetLength(length);

        public void Flush()
        {
            owner.ThrowWhenDue(FileOperation.Flush);
            if (owner.FlushesFail)
            {
                throw new IOException("the disk is gone");
            }

            real.Flush();
        }

        public void Dispose() => real.Dispose();
    }
}
