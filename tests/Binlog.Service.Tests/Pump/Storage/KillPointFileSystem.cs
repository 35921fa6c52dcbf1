using Binlog.RelayLog;
using Binlog.RelayLog.Files;

namespace Binlog.Service.Tests.Pump.Storage;

/// <summary>The real file system, until the n-th change: that one and all later ones fail, as if the process had been killed there.</summary>
internal sealed class KillPointFileSystem : ILogFileSystem
{
    private static readonly ILogFileSystem Real = new SegmentedLogOptions { Directory = "." }.FileSystem;

    private int _left = int.MaxValue;

    /// <summary>Whether the n-th change was reached.</summary>
    public bool IsKilled => Volatile.Read(ref _left) < 0;

    /// <summary>The n-th change from now on fails; 0 is the next one.</summary>
    public void KillAt(int change) => Volatile.Write(ref _left, change);

    public void CreateDirectory(string path) => Real.CreateDirectory(path);

    public IReadOnlyList<string> ListFiles(string directory) => Real.ListFiles(directory);

    public ILogFile Create(string path)
    {
        Change();
        return new KillPointFile(this, Real.Create(path));
    }

    public ILogFile OpenRead(string path) => Real.OpenRead(path);

    public ILogFile OpenWrite(string path) => new KillPointFile(this, Real.OpenWrite(path));

    public void Rename(string from, string to)
    {
        Change();
        Real.Rename(from, to);
    }

    public void Delete(string path)
    {
        Change();
        Real.Delete(path);
    }

    public void FlushDirectory(string path)
    {
        Change();
        Real.FlushDirectory(path);
    }

    public IDisposable Lock(string path) => Real.Lock(path);

    public string? DescribeLockOwner(string path) => Real.DescribeLockOwner(path);

    private void Change()
    {
        if (Interlocked.Decrement(ref _left) < 0)
        {
            throw new IOException("the process is gone");
        }
    }

    private sealed class KillPointFile(KillPointFileSystem owner, ILogFile real) : ILogFile
    {
        public long Length => real.Length;

        public int Read(Span<byte> buffer, long offset) => real.Read(buffer, offset);

        public void Write(ReadOnlySpan<byte> buffer, long offset)
        {
            owner.Change();
            real.Write(buffer, offset);
        }

        public bool TryReserve(long end) => real.TryReserve(end);

        public void SetLength(long length)
        {
            owner.Change();
            real.SetLength(length);
        }

        public void Flush()
        {
            owner.Change();
            real.Flush();
        }

        public void Dispose() => real.Dispose();
    }
}
