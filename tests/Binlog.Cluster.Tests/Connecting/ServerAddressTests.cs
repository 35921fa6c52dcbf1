using Binlog.Cluster.Connecting;

namespace Binlog.Cluster.Tests.Connecting;

public sealed class ServerAddressTests
{
    [Theory]
    [InlineData("127.0.0.1:2379", "127.0.0.1:2379", null)]
    [InlineData(" http://pd-1.example.com:2379/ ", "pd-1.example.com:2379", false)]
    [InlineData("HTTPS://pd:65535", "pd:65535", true)]
    [InlineData("https://[::1]:2379", "[::1]:2379", true)]
    public void TryParse_Address_IsRead(string text, string peer, bool? isTls)
    {
        Assert.True(ServerAddress.TryParse(text, out ServerAddress address));
        Assert.Equal((peer, isTls), (address.ToString(), address.IsTls));
    }

    [Theory]
    [InlineData("")]
    [InlineData("pd")]
    [InlineData(":2379")]
    [InlineData("pd:0")]
    [InlineData("pd:65536")]
    [InlineData("pd:+1")]
    [InlineData("::1:2379")]
    [InlineData("ftp://pd:2379")]
    [InlineData("http://user@pd:2379")]
    [InlineData("http://pd:2379/v3")]
    [InlineData("http://pd:2379//")]
    [InlineData("p d:2379")]
    public void TryParse_SomethingElse_IsRefused(string text) => Assert.False(ServerAddress.TryParse(text, out _));
}
