namespace Binlog.RelayLog;

/// <summary>A payload that is appended in pieces, because it is too large for memory to be spent on it. Its bytes must not change until the append has completed.</summary>
public interface IPayloadSource
{
    /// <summary>Length in bytes; 0 to <see cref="SegmentedLogOptions.MaxRecordBytes"/>.</summary>
    int Length { get; }

    /// <summary>CRC-32C of all the bytes (<see cref="Format.Crc32C"/>), computed when they were received: an append whose bytes have another one fails.</summary>
    uint Checksum { get; }

    /// <summary>Fills the target with the bytes from an offset on. Called in order, by one of the log's or its appenders' threads at a time.</summary>
    /// <param name="target">Not longer than what follows <paramref name="offset"/>.</param>
    /// <param name="offset">0 to <see cref="Length"/>.</param>
    void Read(Span<byte> target, int offset);
}
