using Binlog.RelayLog;
using Binlog.TiDB.Records;

namespace Binlog.Service.Drainer.Spooling;

/// <summary>A binlog that lies in a file. The file goes when the last of its users has released it. Thread-safe.</summary>
internal sealed class SpooledBinlog : IPayloadSource, IByteSource
{
    private readonly SpoolFile _file;
    private int _users = 1;

    /// <exception cref="Binlog.TiDB.TiDBFormatException">It is no binlog.</exception>
    public SpooledBinlog(SpoolFile file, int length, uint checksum)
    {
        _file = file;
        Length = length;
        Checksum = checksum;
        Header = BinlogHeader.ParseLarge(this);
    }

    /// <summary>What it says besides its rows.</summary>
    public BinlogHeader Header { get; }

    /// <inheritdoc />
    public int Length { get; }

    /// <inheritdoc />
    public uint Checksum { get; }

    /// <inheritdoc />
    /// <exception cref="IOException">The file can't be read.</exception>
    public void Read(Span<byte> target, int offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(target.Length, Length - offset, nameof(target));
        _file.Read(target, offset);
    }

    /// <summary>Adds a user. The first is there from the beginning.</summary>
    public SpooledBinlog Retain()
    {
        Interlocked.Increment(ref _users);
        return this;
    }

    /// <summary>A user needs it no more.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            _file.Delete();
        }
    }
}
