using System.Text;
using Binlog.Service.Drainer.Schema.TiDbStatus;

namespace Binlog.Service.Tests.Drainer.Schema.TiDbStatus;

public sealed class JobArrayReaderTests
{
    [Theory]
    [InlineData("[]")]
    [InlineData(" [\n ] \n")]
    [InlineData("null\n")]
    [InlineData("[{}]", "{}")]
    [InlineData("[\n {\n  \"id\": 1,\n  \"q\": \"a b\"\n },\n {\"x\": [1, {\"y\": 2}]}\n]\n", "{\"id\":1,\"q\":\"a b\"}", "{\"x\":[1,{\"y\":2}]}")]
    [InlineData("[{\"q\": \"}] \\\" {\\\\\"}, {\"q\": \"ä\\u0000\"}]", "{\"q\":\"}] \\\" {\\\\\"}", "{\"q\":\"ä\\u0000\"}")]
    public async Task ReadAsync_Array_GivesEachObjectWithoutWhiteSpace(string json, params string[] expected)
    {
        foreach (int piece in new[] { 1, 3, 1 << 16 })
        {
            Assert.Equal(expected, await ReadAsync(json, piece));
        }
    }

    [Theory]
    [InlineData("", "the end, expected '['")]
    [InlineData("<html>", "at byte 0 found '<', expected '['")]
    [InlineData("{\"id\": 1}", "found '{', expected '['")]
    [InlineData("nul", "the end, expected null, or '['")]
    [InlineData("nuul", "found 'u', expected null")]
    [InlineData("[1]", "at byte 1 found '1', expected a job")]
    [InlineData("[{},]", "found ']', expected '{'")]
    [InlineData("[{} {}]", "found '{', expected ','")]
    [InlineData("[{}", "the end, expected ','")]
    [InlineData("[{\"q\": \"", "the end, expected the rest of a job")]
    [InlineData("[] x", "found 'x', expected nothing more")]
    public async Task ReadAsync_SomethingElse_IsRefused(string json, string expected)
    {
        var exception = await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(json, 1 << 16));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    private static async Task<List<string>> ReadAsync(string json, int piece)
    {
        List<string> objects = [];
        await using var stream = new PiecewiseStream(Encoding.UTF8.GetBytes(json), piece);
        await foreach (ReadOnlyMemory<byte> found in JobArrayReader.ReadAsync(stream, TestContext.Current.CancellationToken))
        {
            objects.Add(Encoding.UTF8.GetString(found.Span));
        }

        return objects;
    }

    /// <summary>A network that gives a few bytes at a time.</summary>
    private sealed class PiecewiseStream(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
    }
}
