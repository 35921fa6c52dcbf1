using System.Buffers;
using System.Text;
using System.Text.Json;
using Binlog.TiDB.Codec;

namespace Binlog.TiDB.Tests.Codec;

public sealed class BinaryJsonTests
{
    [Fact]
    public void WriteText_ContainerInsideItself_Refuses()
    {
        byte[] document = [3, 1, 0, 0, 0, 13, 0, 0, 0, 3, 0, 0, 0, 0];

        Assert.Throws<TiDBFormatException>(() => Text(document));
    }

    [Fact]
    public void WriteText_ChildrenThatShareOneValue_RefusesInsteadOfMultiplyingIt()
    {
        const int Count = 2000;
        var writer = new ArrayBufferWriter<byte>();
        var text = new string('x', 20_000);
        BinaryJson.Encode(Encoding.UTF8.GetBytes($"[{string.Join(',', Enumerable.Repeat("1", Count))}, \"{text}\"]"), writer);
        var document = writer.WrittenSpan.ToArray();
        var last = document.AsSpan(9 + Count * 5, 5).ToArray();
        for (var index = 0; index < Count; index++)
        {
            last.CopyTo(document.AsSpan(9 + index * 5));
        }

        Assert.Throws<TiDBFormatException>(() => Text(document));
    }

    [Theory]
    [InlineData(BinaryJson.MaxDepth - 1, true)]
    [InlineData(BinaryJson.MaxDepth + 5, false)]
    public void Encode_Nesting_IsBounded(int depth, bool fits)
    {
        var text = new string('[', depth) + new string(']', depth);

        if (fits)
        {
            Assert.Equal(text, Text(Encode(text)));
        }
        else
        {
            Assert.Throws<TiDBFormatException>(() => Encode(text));
        }
    }

    [Fact]
    public void WriteText_DeeperThanTheLimit_Refuses()
    {
        byte[] document = [0, 0, 0, 0, 8, 0, 0, 0];
        for (var depth = 0; depth < BinaryJson.MaxDepth + 2; depth++)
        {
            document = [1, 0, 0, 0, .. BitConverter.GetBytes(13 + document.Length), 3, 13, 0, 0, 0, .. document];
        }

        Assert.Throws<TiDBFormatException>(() => Text([3, .. document]));
    }

    [Theory]
    [InlineData(new byte[] { 0x0d, 0xfc, 3, 1, 2, 3 }, "\"base64:type252:AQID\"")]
    [InlineData(new byte[] { 0x0a, 255, 255, 255, 255, 255, 255, 255, 255 }, "18446744073709551615")]
    [InlineData(new byte[] { 0x11, 0x00, 0xca, 0x9a, 0x3b, 0, 0, 0, 0, 6, 0, 0, 0 }, "\"00:00:01.000000\"")]
    public void WriteText_NewerKinds_PrintsThem(byte[] document, string expected) => Assert.Equal(expected, Text(document));

    [Fact]
    public void WriteText_DatesOfNewerVersions_PrintsThem()
    {
        var bits = (2019L << 50) | (2L << 46) | (18L << 41) | (18L << 36) | (8L << 30) | (43L << 24) | (123456L << 4);

        Assert.Equal("\"2019-02-18\"", Text([0x0e, .. BitConverter.GetBytes(bits)]));
        Assert.Equal("\"2019-02-18 18:08:43.123456\"", Text([0x0f, .. BitConverter.GetBytes(bits)]));
        Assert.Equal("\"2019-02-18 18:08:43.123456\"", Text([0x10, .. BitConverter.GetBytes(bits)]));
    }

    [Theory]
    [InlineData(new byte[] { 0x0c, 2, 0xff, 0x61 }, "\"\\ufffda\"")]
    [InlineData(new byte[] { 0x0c, 3, 0xe2, 0x80, 0xa8 }, "\"\\u2028\"")]
    [InlineData(new byte[] { 0x0c, 5, 0x22, 0x5c, 0x0a, 0x01, 0x3c }, "\"\\\"\\\\\\n\\u0001<\"")]
    public void WriteText_SpecialCharacters_AreEscaped(byte[] document, string expected) => Assert.Equal(expected, Text(document));

    [Fact]
    public void Encode_AnyDocument_ReadsBackEqual()
    {
        var random = new Random(20190218);
        for (var round = 0; round < 500; round++)
        {
            var text = Generate(random, 4);
            var printed = Text(Encode(text));

            using var expected = JsonDocument.Parse(text);
            using var actual = JsonDocument.Parse(printed);
            Assert.True(JsonElement.DeepEquals(expected.RootElement, actual.RootElement), $"round {round}: {text} became {printed}");
        }
    }

    private static byte[] Encode(string text)
    {
        var writer = new ArrayBufferWriter<byte>();
        BinaryJson.Encode(Encoding.UTF8.GetBytes(text), writer);
        return writer.WrittenSpan.ToArray();
    }

    private static string Text(byte[] document)
    {
        var writer = new ArrayBufferWriter<byte>();
        BinaryJson.WriteText(document, writer);
        return Encoding.UTF8.GetString(writer.WrittenSpan);
    }

    private static string Generate(Random random, int depth) => random.Next(depth > 0 ? 8 : 6) switch
    {
        0 => "null",
        1 => random.Next(2) == 0 ? "true" : "false",
        2 => $"{random.NextInt64(long.MinValue, long.MaxValue)}",
        3 => (random.NextDouble() * Math.Pow(10, random.Next(-30, 30))).ToString("R", System.Globalization.CultureInfo.InvariantCulture),
        4 or 5 => JsonSerializer.Serialize(new string([.. Enumerable.Range(0, random.Next(12)).Select(_ => (char)random.Next(1, 0xd7ff))])),
        6 => $"[{string.Join(",", Enumerable.Range(0, random.Next(5)).Select(_ => Generate(random, depth - 1)))}]",
        _ => $"{{{string.Join(",", Enumerable.Range(0, random.Next(5)).Select(index => $"\"k{index * 7 % 5}\":{Generate(random, depth - 1)}"))}}}",
    };
}
