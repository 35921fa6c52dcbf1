using Binlog.Grpc.Client;

namespace Binlog.Grpc.Tests.Client;

public sealed class GrpcChannelTests
{
    [Theory]
    [InlineData("http://host:1", "http://host:1/", null)]
    [InlineData("https://[::1]:2/", "https://[::1]:2/", null)]
    [InlineData("unix:///run/pump.sock", "http://localhost/", "/run/pump.sock")]
    public void Parse_Address_IsRead(string address, string uri, string? socket)
    {
        var parsed = ChannelAddress.Parse(address, null);

        Assert.Equal(uri, parsed.BaseUri.ToString());
        Assert.Equal(socket, parsed.UnixSocketPath);
    }

    [Theory]
    [InlineData("host:8250")]
    [InlineData("127.0.0.1:8250")]
    [InlineData("ftp://host")]
    [InlineData("http://host/path")]
    [InlineData("http://user@host")]
    [InlineData("unix://relative")]
    [InlineData("unix://")]
    public void ForAddress_NoAddress_IsRefused(string address)
    {
        var e = Assert.Throws<ArgumentException>(() => GrpcChannel.ForAddress(address));

        Assert.Contains(address, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ForAddress_UnknownCompression_IsRefused() =>
        Assert.Throws<ArgumentException>(() => GrpcChannel.ForAddress("http://h:1", new GrpcChannelOptions { Compression = "zstd" }));

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public void ForAddress_LimitOutOfRange_IsRefused(int bytes) =>
        Assert.Throws<ArgumentException>(() => GrpcChannel.ForAddress("http://h:1", new GrpcChannelOptions { MaxReceiveMessageBytes = bytes }));
}
