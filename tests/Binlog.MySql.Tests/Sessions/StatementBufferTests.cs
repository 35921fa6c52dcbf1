using System.Buffers;
using System.Text;
using Binlog.MySql.Protocol;
using Binlog.MySql.Sessions;

namespace Binlog.MySql.Tests.Sessions;

public class StatementBufferTests
{
    private const int Max = ProtocolConstants.MaxPacketPayload;

    [Fact]
    public void End_SmallStatements_AreFramedBackToBack()
    {
        var buffer = new StatementBuffer();
        Write(buffer, "a"u8);
        Write(buffer, ""u8);
        buffer.Add("bc"u8.ToArray());
        Assert.Equal(
            [
                2, 0, 0, 0, 3, (byte)'a',
                1, 0, 0, 0, 3,
                3, 0, 0, 0, 3, (byte)'b', (byte)'c',
            ],
            buffer.ToArray());
        Assert.Equal((3, 18L), (buffer.Count, buffer.Bytes));
        Assert.Equal(["a", "", "bc"], Enumerable.Range(0, 3).Select(buffer.ExcerptOf));
    }

    [Theory]
    [InlineData(Max - 2, 1)]
    [InlineData(Max - 1, 2)]
    [InlineData(Max, 2)]
    [InlineData(2 * Max - 2, 2)]
    [InlineData(2 * Max - 1, 3)]
    public void End_LongStatements_AreSplitAsTheProtocolSays(int textBytes, int packets)
    {
        var text = new byte[textBytes];
        new Random(textBytes).NextBytes(text);
        foreach (var copied in new[] { true, false })
        {
            var buffer = new StatementBuffer();
            Write(buffer, "first"u8);
            if (copied)
            {
                Write(buffer, text);
            }
            else
            {
                buffer.Add(text);
            }

            Write(buffer, "last"u8);
            var bytes = buffer.ToArray();
            Assert.Equal(buffer.Bytes, bytes.Length);
            Assert.Equal([1, packets, 1], Enumerable.Range(0, 3).Select(buffer.PacketsOf));
            var (statements, counts) = Unframe(bytes);
            Assert.Equal([1, packets, 1], counts);
            Assert.Equal("first", Encoding.ASCII.GetString(statements[0]));
            Assert.True(text.AsSpan().SequenceEqual(statements[1]));
            Assert.Equal("last", Encoding.ASCII.GetString(statements[2]));
        }
    }

    [Fact]
    public void Write_RandomPieces_ComeOutAsTheyWentIn()
    {
        var random = new Random(99);
        var buffer = new StatementBuffer();
        for (var round = 0; round < 5; round++)
        {
            var expected = new List<byte[]>();
            for (var i = 0; i < 300; i++)
            {
                var text = new byte[random.Next(3) == 0 ? random.Next(150_000) : random.Next(1_000)];
                random.NextBytes(text);
                expected.Add(text);
                buffer.Begin(ProtocolCommand.Query);
                for (var left = text.AsSpan(); !left.IsEmpty;)
                {
                    var piece = left[..Math.Min(left.Length, random.Next(1, 5_000))];
                    var hint = random.Next(3) switch { 0 => 0, 1 => piece.Length, _ => piece.Length + random.Next(100_000) };
                    var target = buffer.GetSpan(hint);
                    Assert.True(target.Length >= Math.Max(hint, 1));
                    piece = piece[..Math.Min(piece.Length, target.Length)];
                    piece.CopyTo(target);
                    buffer.Advance(piece.Length);
                    left = left[piece.Length..];
                }

                buffer.End();
            }

            var statements = Unframe(buffer.ToArray()).Statements;
            Assert.Equal(expected.Count, statements.Count);
            Assert.True(expected.Zip(statements).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second)));
            buffer.Clear();
            Assert.Equal((0, 0L), (buffer.Count, buffer.Bytes));
        }
    }

    [Fact]
    public void Advance_MoreThanWasHandedOutOrOutsideAStatement_Throws()
    {
        var buffer = new StatementBuffer();
        Assert.Throws<InvalidOperationException>(() => buffer.Advance(0));
        Assert.Throws<InvalidOperationException>(() => buffer.End());
        buffer.Begin(ProtocolCommand.Query);
        Assert.Throws<InvalidOperationException>(() => buffer.Begin(ProtocolCommand.Query));
        Assert.Throws<InvalidOperationException>(() => buffer.Advance(buffer.GetSpan(10).Length + 1));
        Assert.Throws<InvalidOperationException>(() => buffer.Advance(-1));
    }

    private static void Write(StatementBuffer buffer, ReadOnlySpan<byte> text)
    {
        buffer.Begin(ProtocolCommand.Query);
        buffer.Write(text);
        buffer.End();
    }

    private static (List<byte[]> Statements, List<int> Packets) Unframe(byte[] bytes)
    {
        var statements = new List<byte[]>();
        var packets = new List<int>();
        for (var position = 0; position < bytes.Length;)
        {
            var payload = new List<byte>();
            int length;
            byte sequence = 0;
            do
            {
                length = bytes[position] | bytes[position + 1] << 8 | bytes[position + 2] << 16;
                Assert.Equal(sequence++, bytes[position + 3]);
                payload.AddRange(bytes.AsSpan(position + 4, length));
                position += 4 + length;
            }
            while (length == Max);
            Assert.Equal((byte)ProtocolCommand.Query, payload[0]);
            statements.Add([.. payload[1..]]);
            packets.Add(sequence);
        }

        return (statements, packets);
    }
}
