using Binlog.RelayLog;
using Binlog.RelayLog.Files;

namespace Binlog.Service.Tests.Pump.Storage;

/// <summary>The real file system, except that something is done once at a certain read of a file.</summary>
internal sealed class ReadHookFileSystem : ILogFileSystem
{
    private static readonly ILogFileSystem Real = new SegmentedLogOptions { Directory = "." }.FileSystem;

    private string _path = "";
    private Action? _action;
    private int _left;

    /// <summary>Whether it has been done.</summary>
    public bool IsDone => Volatile.Read(ref _left) <= 0;

    /// <summary>The n-th read of a file from now on does this first.</summary>
    public void BeforeReadOf(string path, int nth, Action action)
    {
        (_path, _action) = (path, action);
        Volatile.Write(ref _left, nth);
    }

    public void CreateDirectory(string path) => Real.CreateDirectory(path);

    public IReadOnlyList<string> ListFiles(string directory) => Real.ListFiles(directory);

    public ILogFile Create(string path) => Real.Create(path);

    public ILogFile OpenRead(string path) => new HookedFile(this, path, Real.OpenRead(path));

    public ILogFile OpenWrite(string path) => Real.OpenWrite(path);

    public void Rename(string from, string to) => Real.Rename(from, to);

    public void Delete(string path) => Real.Delete(path);

    public void FlushDirectory(string path) => Real.FlushDirectory(path);

    public IDisposable Lock(string path) => Real.Lock(path);

    public string? DescribeLockOwner(string path) => Real.DescribeLockOwner(path);

    private void Meet(string path)
    {
        if (path == _path && Interlocked.Decrement(ref _left) == 0)
        {
            _action!();
        }
    }

    private sealed class HookedFile(ReadHookFileSystem owner, string path, ILogFile real) : ILogFile
    {
        public long Length => real.Length;

        public int Read(Span<byte> buffer, long offset)
        {
            owner.Meet(path);
            return real.Read(buffer, offset);
        }

        public void Write(ReadOnlySpan<byte> buffer, long offset) => real.Write(buffer, offset);

        public bool TryReserve(long end) => real.TryReserve(end);

        public void SetLength(long length) => real.SetLength(length);

        public void Flush() => real.Flush();

        public void Dispose() => real.Dispose();
    }
}
