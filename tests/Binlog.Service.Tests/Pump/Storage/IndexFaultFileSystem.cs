using Binlog.RelayLog;
using Binlog.RelayLog.Files;

namespace Binlog.Service.Tests.Pump.Storage;

/// <summary>The real file system, except that the index's directory takes no writes while told so: its disk is full.</summary>
internal sealed class IndexFaultFileSystem : ILogFileSystem
{
    private const int NoSpace = 28;
    private static readonly ILogFileSystem Real = new SegmentedLogOptions { Directory = "." }.FileSystem;

    public bool WritesFail { get; set; }

    public void CreateDirectory(string path) => Real.CreateDirectory(path);

    public IReadOnlyList<string> ListFiles(string directory) => Real.ListFiles(directory);

    public ILogFile Create(string path) => new FaultFile(this, path, Real.Create(path));

    public ILogFile OpenRead(string path) => Real.OpenRead(path);

    public ILogFile OpenWrite(string path) => new FaultFile(this, path, Real.OpenWrite(path));

    public void Rename(string from, string to) => Real.Rename(from, to);

    public void Delete(string path) => Real.Delete(path);

    public void FlushDirectory(string path) => Real.FlushDirectory(path);

    public IDisposable Lock(string path) => Real.Lock(path);

    public string? DescribeLockOwner(string path) => Real.DescribeLockOwner(path);

    private sealed class FaultFile(IndexFaultFileSystem owner, string path, ILogFile real) : ILogFile
    {
        public long Length => real.Length;

        public int Read(Span<byte> buffer, long offset) => real.Read(buffer, offset);

        public void Write(ReadOnlySpan<byte> buffer, long offset)
        {
            if (owner.WritesFail && Path.GetFileName(Path.GetDirectoryName(path)) == "index")
            {
                throw new IOException("No space left on device", NoSpace);
            }

            real.Write(buffer, offset);
        }

        public bool TryReserve(long end) => real.TryReserve(end);

        public void SetLength(long length) => real.SetLength(length);

        public void Flush() => real.Flush();

        public void Dispose() => real.Dispose();
    }
}
