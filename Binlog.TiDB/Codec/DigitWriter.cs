namespace Binlog.TiDB.Codec;

/// <summary>Puts zero-padded numbers into a span that the caller made large enough.</summary>
internal ref struct DigitWriter(Span<byte> destination)
{
    private readonly Span<byte> _destination = destination;

    public int Length { get; private set; }

    public void Write(char value) => _destination[Length++] = (byte)value;

    public void Write(int value, int width)
    {
        for (var index = Length + width - 1; index >= Length; index--)
        {
            (value, var digit) = Math.DivRem(value, 10);
            _destination[index] = (byte)('0' + digit);
        }

        Length += width;
    }

    public void Write(char separator, int value)
    {
        Write(separator);
        Write(value, 2);
    }

    public void WriteFraction(int microseconds, int digits)
    {
        if (digits <= 0)
        {
            return;
        }

        Write('.');
        Write(microseconds, PackedTime.MaxFraction);
        Length -= PackedTime.MaxFraction - digits;
    }
}
