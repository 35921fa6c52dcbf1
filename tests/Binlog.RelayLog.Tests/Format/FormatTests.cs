using Binlog.RelayLog.Format;
using Binlog.RelayLog.Tests.Support;

namespace Binlog.RelayLog.Tests.Format;

public sealed class FormatTests
{
    private static readonly SegmentHeader Header = new(7, new Guid("00112233-4455-6677-8899-aabbccddeeff"), 3, 42, 1000, 1_700_000_000_000, 4096);

    [Fact]
    public void Crc32C_CheckString_GivesTheStandardValue()
    {
        Assert.Equal(0xE3069283u, Crc32C.Compute("123456789"u8));
    }

    [Fact]
    public void Crc32C_AnySplit_ContinuesTheSameChecksum()
    {
        byte[] data = LogDriver.Payload(1, 100);
        uint whole = Crc32C.Compute(data);

        for (int split = 0; split <= data.Length; split++)
        {
            Assert.Equal(whole, Crc32C.Compute(data.AsSpan(split), Crc32C.Compute(data.AsSpan(0, split))));
        }
    }

    [Fact]
    public void SegmentHeader_GoldenBytes_BothWays()
    {
        byte[] golden = Convert.FromHexString(
            "42494E4C475345470100010080000000070000000000000033221100554477668899AABBCCDDEEFF"
            + "03000000000000002A00000000000000E8030000000000000068E5CF8B0100000010000000000000"
            + string.Concat(Enumerable.Repeat("00", 44)) + "24B55C85");
        var written = new byte[SegmentHeader.Size];

        Header.Write(written);

        Assert.Equal(Convert.ToHexString(golden), Convert.ToHexString(written));
        Assert.Equal(Header, SegmentHeader.Read(golden, "file"));
    }

    [Fact]
    public void RecordHeader_GoldenBytes_BothWays()
    {
        var header = new RecordHeader(new RecordTag(5, 100, 200), 11, Crc32C.Compute("hello world"u8), 43, 2);
        byte[] golden = Convert.FromHexString(
            "4C524543050000000B000000AA6594C92B000000000000006400000000000000C80000000000000002000000476CFE87");
        var written = new byte[RecordHeader.Size];

        header.Write(written, Header.RecordSeed);

        Assert.Equal(Convert.ToHexString(golden), Convert.ToHexString(written));
        Assert.True(RecordHeader.TryRead(golden, Header.RecordSeed, out RecordHeader read));
        Assert.Equal(header, read);
        Assert.Equal(41ul, read.GroupStart);
        Assert.False(RecordHeader.TryRead(golden, (Header with { Number = 4 }).RecordSeed, out _));
    }

    [Fact]
    public void CloseMark_AnyDamage_IsNoMark()
    {
        var mark = new CloseMark(Header.LogId, 9, 1234);
        var bytes = new byte[CloseMark.Size];
        mark.Write(bytes);

        Assert.Equal(mark, CloseMark.TryRead(bytes));
        Assert.Null(CloseMark.TryRead(bytes.AsSpan(1)));
        Assert.Null(CloseMark.TryRead([.. bytes, 0]));
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            byte[] damaged = (byte[])bytes.Clone();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Null(CloseMark.TryRead(damaged));
        }
    }

    [Theory]
    [InlineData("00000000000000000001.seg", true)]
    [InlineData("18446744073709551615.seg", true)]
    [InlineData("00000000000000000000.seg", false)]
    [InlineData("1.seg", false)]
    [InlineData("99999999999999999999.seg", false)]
    [InlineData(".seg", false)]
    [InlineData("", false)]
    public void SegmentName_TryParse_TakesCanonicalNamesOnly(string name, bool expected)
    {
        Assert.Equal(expected, SegmentName.TryParse(name, out _));
    }
}
