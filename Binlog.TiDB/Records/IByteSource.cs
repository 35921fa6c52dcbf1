namespace Binlog.TiDB.Records;

/// <summary>Bytes that are too many for memory and are read in pieces.</summary>
public interface IByteSource
{
    /// <summary>How many there are.</summary>
    int Length { get; }

    /// <summary>Fills the target with the bytes from an offset on.</summary>
    /// <param name="target">Not longer than what follows <paramref name="offset"/>.</param>
    /// <param name="offset">0 to <see cref="Length"/>.</param>
    void Read(Span<byte> target, int offset);
}
