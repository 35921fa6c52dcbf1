using Binlog.RelayLog;
using Binlog.RelayLog.Files;

namespace Binlog.Service.Tests.Pump.Storage;

/// <summary>The real file system, until flushes are to fail.</summary>
internal sealed class FailingFileSystem : ILogFileSystem
{
    private static readonly ILogFileSystem Real = new SegmentedLogOptions { Directory = "." }.FileSystem;

    public bool FlushesFail { get; set; }

    public void CreateDirectory(string path) => Real.CreateDirectory(path);

    public IReadOnlyList<string> ListFiles(string directory) => Real.ListFiles(directory);

    public ILogFile Create(string path) => new FailingFile(this, Real.Create(path));

    public ILogFile OpenRead(string path) => Real.OpenRead(path);

    public ILogFile OpenWrite(string path) => new FailingFile(this, Real.OpenWrite(path));

    public void Rename(string from, string to) => Real.Rename(from, to);

    public void Delete(string path) => Real.Delete(path);

    public void FlushDirectory(string path) => Real.FlushDirectory(path);

    public IDisposable Lock(string path) => Real.Lock(path);

    public string? DescribeLockOwner(string path) => Real.DescribeLockOwner(path);

    private sealed class FailingFile(FailingFileSystem owner, ILogFile real) : ILogFile
    {
        public long Length => real.Length;

        public int Read(Span<byte> buffer, long offset) => real.Read(buffer, offset);

        public void Write(ReadOnlySpan<byte> buffer, long offset) => real.Write(buffer, offset);

        public void SetLength(long length) => real.SetLength(length);

        public void Flush()
        {
            if (owner.FlushesFail)
            {
                throw new IOException("the disk is gone");
            }

            real.Flush();
        }

        public void Dispose() => real.Dispose();
    }
}
