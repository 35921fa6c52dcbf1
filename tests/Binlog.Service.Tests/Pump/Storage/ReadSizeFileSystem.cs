using Binlog.RelayLog;
using Binlog.RelayLog.Files;

namespace Binlog.Service.Tests.Pump.Storage;

/// <summary>The real file system, which notes how much is read at once.</summary>
internal sealed class ReadSizeFileSystem : ILogFileSystem
{
    private static readonly ILogFileSystem Real = new SegmentedLogOptions { Directory = "." }.FileSystem;
    private int _largestRead;

    /// <summary>The largest buffer that was to be filled at once since this was set to 0.</summary>
    public int LargestRead
    {
        get => Volatile.Read(ref _largestRead);
        set => Volatile.Write(ref _largestRead, value);
    }

    public void CreateDirectory(string path) => Real.CreateDirectory(path);

    public IReadOnlyList<string> ListFiles(string directory) => Real.ListFiles(directory);

    public ILogFile Create(string path) => Real.Create(path);

    public ILogFile OpenRead(string path) => new NotedFile(this, Real.OpenRead(path));

    public ILogFile OpenWrite(string path) => Real.OpenWrite(path);

    public void Rename(string from, string to) => Real.Rename(from, to);

    public void Delete(string path) => Real.Delete(path);

    public void FlushDirectory(string path) => Real.FlushDirectory(path);

    public IDisposable Lock(string path) => Real.Lock(path);

    public string? DescribeLockOwner(string path) => Real.DescribeLockOwner(path);

    private sealed class NotedFile(ReadSizeFileSystem owner, ILogFile real) : ILogFile
    {
        public long Length => real.Length;

        public int Read(Span<byte> buffer, long offset)
        {
            owner.LargestRead = Math.Max(owner.LargestRead, buffer.Length);
            return real.Read(buffer, offset);
        }

        public void Write(ReadOnlySpan<byte> buffer, long offset) => throw new NotSupportedException("It is open for reading.");

        public bool TryReserve(long end) => throw new NotSupportedException("It is open for reading.");

        public void SetLength(long length) => throw new NotSupportedException("It is open for reading.");

        public void Flush() => throw new NotSupportedException("It is open for reading.");

        public void Dispose() => real.Dispose();
    }
}
