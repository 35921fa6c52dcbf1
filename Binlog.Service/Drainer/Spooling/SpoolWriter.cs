using Binlog.RelayLog.Format;
using Binlog.TiDB;

namespace Binlog.Service.Drainer.Spooling;

/// <summary>Takes a binlog in pieces. Disposed before <see cref="Finish"/> it leaves nothing. Not thread-safe.</summary>
internal sealed class SpoolWriter(SpoolFolder folder, SpoolFile file) : IDisposable
{
    private bool _isFinished;
    private uint _checksum;
    private int _length;

    /// <summary>Appends the binlog's next bytes; waits for space on a full disk.</summary>
    /// <exception cref="IOException">The operating system refuses for another reason.</exception>
    public async ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        int next = checked(_length + bytes.Length);
        await folder.WithSpaceAsync(() => file.Write(bytes.Span, _length), cancellationToken);
        _checksum = Crc32C.Compute(bytes.Span, _checksum);
        _length = next;
    }

    /// <summary>The whole binlog, whose header is read. It is used once; see <see cref="SpooledBinlog.Retain"/>.</summary>
    /// <exception cref="TiDBFormatException">It is no binlog.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public SpooledBinlog Finish()
    {
        var binlog = new SpooledBinlog(file, _length, _checksum);
        _isFinished = true;
        return binlog;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (!_isFinished)
        {
            file.Delete();
        }
    }
}
