using System.Buffers;
using Binlog.TiDB.Records;

namespace Binlog.TiDB.Tests.Records;

/// <summary>The header of a binlog that isn't in memory says what that of one in memory does.</summary>
public sealed class BinlogHeaderInPiecesTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(5000)]
    [InlineData(3_000_000)]
    public void Parse_LongFields_AreNotRead(int valueLength)
    {
        byte[] payload = Joined(new byte[valueLength]);
        int bytesRead = 0;

        BinlogHeader header = BinlogHeader.ParseLarge(new PiecedBytes(payload.Length, (target, offset) =>
        {
            bytesRead += target.Length;
            payload.AsSpan(offset, target.Length).CopyTo(target);
        }));

        Assert.Equal(BinlogHeader.Parse(payload), header);
        Assert.Equal(valueLength, header.PrewriteValue.Length);
        Assert.InRange(bytesRead, 1, 9000);
    }

    [Fact]
    public void Parse_ManyShortFields_AreReadWindowByWindow()
    {
        var writer = new ArrayBufferWriter<byte>();
        for (int index = 0; index < 5000; index++)
        {
            writer.Write(Convert.FromHexString("9a0103616263")); // an unknown field
        }

        BinlogWriter.WriteDdlCommit(writer, 5, 9, "key"u8, "create table t (a int)"u8, 77, 3);
        byte[] payload = writer.WrittenSpan.ToArray();

        Assert.Equal(BinlogHeader.Parse(payload), BinlogHeader.ParseLarge(new PiecedBytes(payload.Length, (target, offset) => payload.AsSpan(offset, target.Length).CopyTo(target))));
    }

    [Fact]
    public void Parse_TruncatedAtEveryOffset_EndsAsInMemory()
    {
        byte[] payload = Joined(new byte[6000]);
        for (int length = 0; length < payload.Length; length++)
        {
            byte[] part = payload[..length];
            Assert.Equal(Try(() => BinlogHeader.Parse(part)), Try(() => BinlogHeader.ParseLarge(new PiecedBytes(length, (target, offset) => part.AsSpan(offset, target.Length).CopyTo(target)))));
        }
    }

    [Theory]
    [InlineData("0a0101")] // the type as bytes
    [InlineData("120101")]
    [InlineData("2001")] // the key as a number
    [InlineData("0805")] // no such type
    [InlineData("2affffffff07")] // a value of 2 GiB without its bytes
    [InlineData("0b")]
    public void Parse_NoBinlog_Throws(string hex)
    {
        byte[] payload = Convert.FromHexString(hex);
        Assert.Throws<TiDBFormatException>(() => BinlogHeader.Parse(payload));
        Assert.Throws<TiDBFormatException>(() => BinlogHeader.ParseLarge(new PiecedBytes(payload.Length, (target, offset) => payload.AsSpan(offset, target.Length).CopyTo(target))));
    }

    private static BinlogHeader? Try(Func<BinlogHeader> parse)
    {
        try
        {
            return parse();
        }
        catch (TiDBFormatException)
        {
            return null;
        }
    }

    private static byte[] Joined(byte[] value)
    {
        var (prewrite, commit, joined) = (new ArrayBufferWriter<byte>(), new ArrayBufferWriter<byte>(), new ArrayBufferWriter<byte>());
        BinlogWriter.WritePrewrite(prewrite, 5, "key"u8, value);
        BinlogWriter.WriteCommit(commit, 5, 9, "key"u8);
        BinlogWriter.WriteJoined(joined, prewrite.WrittenSpan, commit.WrittenSpan);
        return joined.WrittenSpan.ToArray();
    }
}
