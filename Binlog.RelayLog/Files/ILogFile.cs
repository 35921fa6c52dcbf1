namespace Binlog.RelayLog.Files;

/// <summary>An open file. Reads may run in parallel with each other and with one writer.</summary>
public interface ILogFile : IDisposable
{
    /// <summary>Current length in bytes.</summary>
    long Length { get; }

    /// <summary>Reads up to <paramref name="buffer"/>'s length at <paramref name="offset"/>; 0 means end of file.</summary>
    int Read(Span<byte> buffer, long offset);

    /// <summary>Writes all of <paramref name="buffer"/>, or throws; after a failure any part may have been written.</summary>
    void Write(ReadOnlySpan<byte> buffer, long offset);

    /// <summary>Sets space aside for what will be written up to <paramref name="end"/>; what was not written yet reads as zeros.</summary>
    /// <returns>Whether the file is that long now. False when the file system has no such call or no room: then it is as long as it was, or has some zeros more.</returns>
    bool TryReserve(long end);

    /// <summary>Cuts or extends the file.</summary>
    void SetLength(long length);

    /// <summary>Returns when everything written so far, and the length, is on stable storage.</summary>
    void Flush();
}
