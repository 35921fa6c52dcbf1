using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Binlog.TiDB.Codec;

namespace Binlog.TiDB.Tests.Codec;

/// <summary>Vectors print as Go's strconv prints their elements with 'f', -1, 32.</summary>
public sealed class VectorTextTests
{
    [Theory]
    [InlineData("[]")]
    [InlineData("[0,1,-0.5]", 0f, 1f, -0.5f)]
    [InlineData("[0.1,16777216,123456790]", 0.1f, 16777216f, 123456789f)]
    [InlineData("[340282350000000000000000000000000000000]", float.MaxValue)]
    [InlineData("[0.000000000000000000000000000000000000000000001]", float.Epsilon)]
    public void Write_Elements_AreShortestAndWithoutExponent(string expected, params float[] elements)
    {
        var payload = new byte[4 + 4 * elements.Length];
        BinaryPrimitives.WriteInt32LittleEndian(payload, elements.Length);
        for (int index = 0; index < elements.Length; index++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(payload.AsSpan(4 + 4 * index), elements[index]);
        }

        Assert.Equal(expected, Print(payload));
    }

    [Theory]
    [InlineData("000000")]
    [InlineData("02000000 0000803f")]
    [InlineData("01000000 0000c07f")]
    public void Write_NoVector_IsRefused(string hex) =>
        Assert.Throws<TiDBFormatException>(() => Print(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal))));

    private static string Print(byte[] payload)
    {
        var text = new ArrayBufferWriter<byte>();
        VectorText.Write(payload, text);
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }
}
