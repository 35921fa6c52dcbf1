namespace Binlog.TiDB.Records;

/// <summary>A place in a buffer that somebody else holds.</summary>
/// <param name="Offset">First byte, from the start of the buffer.</param>
/// <param name="Length">Number of bytes.</param>
public readonly record struct ByteRange(int Offset, int Length)
{
    /// <summary>True when there is nothing.</summary>
    public bool IsEmpty => Length == 0;

    /// <summary>The bytes, from the buffer that the range was made for.</summary>
    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> buffer) => buffer.Slice(Offset, Length);

    /// <summary>The bytes, from the buffer that the range was made for.</summary>
    public ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> buffer) => buffer.Slice(Offset, Length);
}
