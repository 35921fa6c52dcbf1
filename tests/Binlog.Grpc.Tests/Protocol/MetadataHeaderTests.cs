using Binlog.Grpc.Protocol;
using FsCheck;
using FsCheck.Fluent;
using Grpc.Core;

namespace Binlog.Grpc.Tests.Protocol;

public sealed class MetadataHeaderTests
{
    [Fact]
    public void Decode_EncodedBytes_RoundTrips() => Prop.ForAll<byte[]>(bytes =>
    {
        var metadata = new Metadata();

        MetadataHeader.Decode("Key-Bin", MetadataHeader.EncodeValue(new Metadata.Entry("key-bin", bytes)), metadata);

        Assert.Equal(bytes, metadata.GetValueBytes("key-bin"));
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("AAE=", new byte[] { 0, 1 })]
    [InlineData("AAE", new byte[] { 0, 1 })]
    [InlineData("", new byte[0])]
    public void Decode_PaddedOrNot_IsRead(string text, byte[] expected)
    {
        var metadata = new Metadata();

        MetadataHeader.Decode("k-bin", text, metadata);

        Assert.Equal(expected, Assert.Single(metadata).ValueBytes);
    }

    [Fact]
    public void Decode_JoinedBinaryValues_AreSeparate()
    {
        var metadata = new Metadata();

        MetadataHeader.Decode("k-bin", "AAE=, Ag", metadata);

        Assert.Equal([[0, 1], [2]], metadata.GetAll("k-bin").Select(e => e.ValueBytes));
    }

    [Fact]
    public void Decode_NotBase64_IsInternal()
    {
        var e = Assert.Throws<RpcException>(() => MetadataHeader.Decode("k-bin", "*", []));

        Assert.Equal(StatusCode.Internal, e.StatusCode);
        Assert.Contains("k-bin", e.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_Text_StaysAsItIs()
    {
        var metadata = new Metadata();

        MetadataHeader.Decode("Key", "a, b", metadata);

        Assert.Equal("a, b", metadata.GetValue("key"));
    }

    [Theory]
    [InlineData("line\nbreak")]
    [InlineData("ö")]
    public void EncodeValue_NotAscii_IsRefused(string value) =>
        Assert.Throws<ArgumentException>(() => MetadataHeader.EncodeValue(new Metadata.Entry("k", value)));

    [Theory]
    [InlineData("")]
    [InlineData("with space")]
    [InlineData(":path")]
    [InlineData("text-bin")]
    public void Entry_BadTextKey_IsRefused(string key) => Assert.Throws<ArgumentException>(() => new Metadata.Entry(key, "v"));

    [Fact]
    public void Entry_BinaryKeyWithoutSuffix_IsRefused() => Assert.Throws<ArgumentException>(() => new Metadata.Entry("k", [1]));

    [Fact]
    public void Empty_Add_IsRefused() => Assert.Throws<InvalidOperationException>(() => Metadata.Empty.Add("k", "v"));

    [Fact]
    public void Get_SeveralEntries_GivesTheLast()
    {
        var metadata = new Metadata { { "k", "1" }, { "K", "2" } };

        Assert.Equal("2", metadata.GetValue("k"));
        Assert.Equal(2, metadata.GetAll("k").Count());
    }
}
