using Binlog.RelayLog.Format;

namespace Binlog.RelayLog;

/// <summary>The checksum of a large record while it is read in pieces. Not thread-safe.</summary>
public sealed class LargeRecordCheck
{
    private readonly LargeRecord _record;
    private uint _checksum;
    private long _count;

    internal LargeRecordCheck(LargeRecord record) => _record = record;

    /// <summary>Takes the payload's next bytes.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        _checksum = Crc32C.Compute(bytes, _checksum);
        _count += bytes.Length;
    }

    /// <summary>Compares, once the whole payload was taken.</summary>
    /// <exception cref="CorruptLogException">The payload is not what was written.</exception>
    public void Verify()
    {
        if (_count != _record.Length)
        {
            throw new InvalidOperationException($"The check was given {_count} of {_record.Length} bytes.");
        }

        _record.Verify(_checksum);
    }
}
