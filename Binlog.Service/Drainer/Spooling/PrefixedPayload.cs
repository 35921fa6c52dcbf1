using Binlog.RelayLog;
using Binlog.RelayLog.Format;

namespace Binlog.Service.Drainer.Spooling;

/// <summary>A spooled binlog with something before it. Making it reads the binlog once, because the checksum is over both.</summary>
internal sealed class PrefixedPayload : IPayloadSource
{
    private const int PieceBytes = 64 * 1024;

    private readonly byte[] _prefix;
    private readonly SpooledBinlog _binlog;

    /// <exception cref="DrainerException">Both together are longer than any record, or the file has changed.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public PrefixedPayload(byte[] prefix, SpooledBinlog binlog)
    {
        _prefix = prefix;
        _binlog = binlog;
        long length = (long)prefix.Length + binlog.Length;
        Length = length <= int.MaxValue ? (int)length : throw new DrainerException($"The binlog of commit TS {binlog.Header.CommitTs} has {binlog.Length} bytes and its DDL job {prefix.Length}: together more than a record of the relay log may have.");
        (uint alone, uint joined) = (0, Crc32C.Compute(prefix));
        byte[] piece = new byte[PieceBytes];
        for (int done = 0; done < binlog.Length;)
        {
            Span<byte> bytes = piece.AsSpan(0, Math.Min(PieceBytes, binlog.Length - done));
            binlog.Read(bytes, done);
            (alone, joined) = (Crc32C.Compute(bytes, alone), Crc32C.Compute(bytes, joined));
            done += bytes.Length;
        }

        Checksum = alone == binlog.Checksum ? joined : throw new DrainerException($"The binlog of commit TS {binlog.Header.CommitTs} has changed on the disk since it was received. Nothing of it was appended; check the disk, and start again: the Pump has it.");
    }

    /// <inheritdoc />
    public int Length { get; }

    /// <inheritdoc />
    public uint Checksum { get; }

    /// <inheritdoc />
    public void Read(Span<byte> target, int offset)
    {
        if (offset < _prefix.Length)
        {
            int count = Math.Min(target.Length, _prefix.Length - offset);
            _prefix.AsSpan(offset, count).CopyTo(target);
            target = target[count..];
            offset += count;
        }

        _binlog.Read(target, offset - _prefix.Length);
    }
}
