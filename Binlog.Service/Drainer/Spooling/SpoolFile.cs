using System.Globalization;
using Binlog.RelayLog.Files;

namespace Binlog.Service.Drainer.Spooling;

/// <summary>One file of a <see cref="SpoolFolder"/>: read at any place, closed and removed once. Thread-safe for readers.</summary>
internal sealed class SpoolFile(SpoolFolder folder, ILogFile file, string path)
{
    private int _deleted;

    /// <summary>Where it is.</summary>
    public string Path => path;

    /// <summary>Writes all of the bytes, or throws.</summary>
    public void Write(ReadOnlySpan<byte> bytes, long offset) => file.Write(bytes, offset);

    /// <summary>Fills the target.</summary>
    /// <exception cref="IOException">The file ends before, or can't be read.</exception>
    public void Read(Span<byte> target, long offset)
    {
        for (int done = 0; done < target.Length;)
        {
            int read = file.Read(target[done..], offset + done);
            done += read > 0 ? read : throw new IOException(string.Create(CultureInfo.InvariantCulture, $"{path} ends at byte {offset + done}; something outside of this program cut it."));
        }
    }

    /// <summary>Closes and removes the file.</summary>
    public void Delete()
    {
        if (Interlocked.Exchange(ref _deleted, 1) == 0)
        {
            file.Dispose();
            folder.Remove(this);
        }
    }
}
