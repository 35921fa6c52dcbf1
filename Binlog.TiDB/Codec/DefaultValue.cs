namespace Binlog.TiDB.Codec;

/// <summary>A value that stands in for a column which a row does not carry. Immutable.</summary>
public sealed class DefaultValue
{
    private readonly byte[] _source;

    internal DefaultValue(Datum value, byte[] source)
    {
        Value = value;
        _source = source;
    }

    /// <summary>The value; never missing. Kinds that refer to a buffer refer to <see cref="Source"/>.</summary>
    public Datum Value { get; }

    /// <summary>The buffer of <see cref="Value"/>.</summary>
    public ReadOnlySpan<byte> Source => _source;
}
