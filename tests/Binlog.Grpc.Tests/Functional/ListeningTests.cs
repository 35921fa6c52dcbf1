using System.Net;
using System.Net.Sockets;
using System.Text;
using Binlog.Grpc.Tests.Contracts;
using Binlog.Grpc.Tests.Fixtures;
using Binlog.Service.GrpcServer.Listening;

namespace Binlog.Grpc.Tests.Functional;

public sealed class ListeningTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("grpc-listen");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Get_SamePortAsGrpc_IsServedAsHttp1()
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel();
        using var http = new HttpClient();

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("well, over HTTP/1.1", await http.GetStringAsync(new Uri(host.Address + "/status")));
            Assert.Equal(3, (await new Echo.EchoClient(channel).UnaryAsync(EchoService.Request(3))).Total);
        }
    }

    [Fact]
    public async Task Get_Http2WithPriorKnowledge_IsServed()
    {
        await using var host = await EchoHost.StartAsync();
        using var http = new HttpClient { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };

        Assert.Equal("well, over HTTP/2", await http.GetStringAsync(new Uri(host.Address + "/status")));
    }

    [Theory]
    [InlineData("PUT /status HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200")]
    [InlineData("PROPFIND /status HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 200")]
    [InlineData("PRINT /status HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 200")]
    [InlineData("\u0016\u0003\u0001\u0002\r\n\r\n", "HTTP/1.1 400")]
    public async Task Raw_ByteByByte_IsHttp1(string request, string expected)
    {
        await using var host = await EchoHost.StartAsync();
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, host.Port);
        await using var stream = client.GetStream();
        foreach (var b in Encoding.Latin1.GetBytes(request))
        {
            await stream.WriteAsync(new[] { b });
        }

        var answer = new byte[expected.Length];
        await stream.ReadExactlyAsync(answer).AsTask().WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(expected, Encoding.Latin1.GetString(answer));
    }

    [Theory]
    [InlineData("")]
    [InlineData("P")]
    [InlineData("PRI")]
    public async Task Raw_ClosedBeforeItIsClear_ServerGoesOn(string sent)
    {
        await using var host = await EchoHost.StartAsync();
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(IPAddress.Loopback, host.Port);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(sent));
        }

        await using var channel = host.CreateChannel();
        Assert.Equal(3, (await new Echo.EchoClient(channel).UnaryAsync(EchoService.Request(3))).Total);
    }

    [Fact]
    public async Task Call_UnixSocket_IsServedBesideHttp1()
    {
        var path = Path.Combine(_folder.FullName, "pump.sock");
        await using var host = await EchoHost.StartAsync(socketPath: path);
        await using var channel = GrpcChannel.ForAddress("unix://" + path);
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, token) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), token);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using var http = new HttpClient(handler);

        var reply = await new Echo.EchoClient(channel).UnaryAsync(EchoService.Request(3));

        Assert.Equal("unix:", reply.Text);
        Assert.Equal("well, over HTTP/1.1", await http.GetStringAsync(new Uri("http://localhost/status")));
    }

    [Fact]
    public async Task Start_StaleSocketFile_IsReplaced()
    {
        var path = Path.Combine(_folder.FullName, "stale.sock");
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(path));
            dead.Listen();
        }

        if (!File.Exists(path))
        {
            // The runtime removed it with the socket: leave one behind the way a killed process does.
            using var again = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            again.Bind(new UnixDomainSocketEndPoint(path));
            File.Move(path, path + ".kept");
            File.Move(path + ".kept", path);
        }

        await using var host = await EchoHost.StartAsync(socketPath: path);
        await using var channel = GrpcChannel.ForAddress("unix://" + path);

        Assert.Equal(3, (await new Echo.EchoClient(channel).UnaryAsync(EchoService.Request(3))).Total);
    }

    [Fact]
    public async Task Start_SocketInUse_IsRefused()
    {
        var path = Path.Combine(_folder.FullName, "used.sock");
        await using var host = await EchoHost.StartAsync(socketPath: path);

        var e = await Assert.ThrowsAsync<IOException>(() => EchoHost.StartAsync(socketPath: path));

        Assert.Contains(path, e.Message, StringComparison.Ordinal);
        Assert.Contains("another process is listening", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_SocketPathIsAFile_IsKept()
    {
        var path = Path.Combine(_folder.FullName, "data.txt");
        await File.WriteAllTextAsync(path, "precious");

        var e = await Assert.ThrowsAsync<IOException>(() => EchoHost.StartAsync(socketPath: path));

        Assert.Contains(path, e.Message, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(path));
    }

    [Fact]
    public async Task Start_PortInUse_IsExplained()
    {
        await using var host = await EchoHost.StartAsync();

        var e = await Assert.ThrowsAsync<IOException>(() => EchoHost.StartAsync(port: host.Port));

        var text = ListenFailure.Explain(e);
        Assert.Contains($"127.0.0.1:{host.Port}", text, StringComparison.Ordinal);
        Assert.Contains("set another address or port", text, StringComparison.Ordinal);
        Assert.Null(ListenFailure.Explain(new InvalidOperationException("something else")));
    }
}
