using Binlog.Grpc.Tests.Contracts;
using Binlog.Grpc.Tests.Fixtures;
using Binlog.Service.GrpcServer.Listening;
using Grpc.Core;

namespace Binlog.Grpc.Tests.Functional;

public sealed class TlsTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Fact]
    public async Task Call_PrivateAuthority_IsTrustedByItsFile()
    {
        await using var host = await EchoHost.StartAsync(tls: ServerFiles());
        await using var channel = Channel(host, new GrpcTls { CaFile = _certificates.CaFile });

        Assert.Equal(3, (await new Echo.EchoClient(channel).UnaryAsync(EchoService.Request(3))).Total);
    }

    [Fact]
    public async Task Call_AuthorityUnknown_IsUnavailableAndSaysWhy()
    {
        using var other = new TestCertificates();
        await using var host = await EchoHost.StartAsync(tls: ServerFiles());
        await using var channel = Channel(host, new GrpcTls { CaFile = other.CaFile });

        AssertRefused("not trusted by the authorities", await FailAsync(channel));
    }

    [Fact]
    public async Task Call_SystemAuthorities_DoNotTrustIt()
    {
        await using var host = await EchoHost.StartAsync(tls: ServerFiles());
        await using var channel = Channel(host, null);

        AssertRefused("TLS", await FailAsync(channel));
    }

    [Fact]
    public async Task Call_OtherName_IsRefusedUnlessExpected()
    {
        var (cert, key) = _certificates.Issue("server", "pump", server: true, dnsName: "pump.example");
        await using var host = await EchoHost.StartAsync(tls: new ServerTls { CertFile = cert, KeyFile = key });
        await using var wrong = Channel(host, new GrpcTls { CaFile = _certificates.CaFile });
        await using var right = Channel(host, new GrpcTls { CaFile = _certificates.CaFile, ServerName = "pump.example" });

        AssertRefused("not valid for the name", await FailAsync(wrong));
        Assert.Equal(3, (await new Echo.EchoClient(right).UnaryAsync(EchoService.Request(3))).Total);
    }

    [Fact]
    public async Task Call_ClientCertificateRequired_OnlyWithAGoodOne()
    {
        var (cert, key) = _certificates.Issue("client", "drainer-1", server: false);
        using var strangers = new TestCertificates();
        var (strangeCert, strangeKey) = strangers.Issue("client", "drainer-1", server: false);
        await using var host = await EchoHost.StartAsync(tls: ServerFiles() with { CaFile = _certificates.CaFile });
        await using var without = Channel(host, new GrpcTls { CaFile = _certificates.CaFile });
        await using var strange = Channel(host, new GrpcTls { CaFile = _certificates.CaFile, CertFile = strangeCert, KeyFile = strangeKey });
        await using var with = Channel(host, new GrpcTls { CaFile = _certificates.CaFile, CertFile = cert, KeyFile = key });

        Assert.Equal(StatusCode.Unavailable, (await FailAsync(without)).StatusCode);
        Assert.Equal(StatusCode.Unavailable, (await FailAsync(strange)).StatusCode);
        Assert.Equal(3, (await new Echo.EchoClient(with).UnaryAsync(EchoService.Request(3))).Total);
    }

    [Fact]
    public async Task Call_CommonNameNotAllowed_IsRefused()
    {
        var (cert, key) = _certificates.Issue("client", "drainer-1", server: false);
        var tls = new GrpcTls { CaFile = _certificates.CaFile, CertFile = cert, KeyFile = key };
        await using var closed = await EchoHost.StartAsync(tls: ServerFiles() with { CaFile = _certificates.CaFile, AllowedCommonNames = ["pump"] });
        await using var open = await EchoHost.StartAsync(tls: ServerFiles() with { CaFile = _certificates.CaFile, AllowedCommonNames = ["pump", "drainer-1"] });
        await using var refused = Channel(closed, tls);
        await using var accepted = Channel(open, tls);

        Assert.Equal(StatusCode.Unavailable, (await FailAsync(refused)).StatusCode);
        Assert.Equal(3, (await new Echo.EchoClient(accepted).UnaryAsync(EchoService.Request(3))).Total);
    }

    [Fact]
    public async Task Call_ServerCertificateRenewed_NewConnectionsGetIt()
    {
        var files = ServerFiles();
        await using var host = await EchoHost.StartAsync(tls: files);
        _certificates.Issue("server", "renewed", server: true, dnsName: "renewed.example");
        File.SetLastWriteTimeUtc(files.CertFile, DateTime.UtcNow.AddMinutes(1));
        await using var channel = Channel(host, new GrpcTls { CaFile = _certificates.CaFile, ServerName = "renewed.example" });

        Assert.Equal(3, (await new Echo.EchoClient(channel).UnaryAsync(EchoService.Request(3))).Total);
    }

    [Fact]
    public async Task Call_RenewalIsDamaged_PreviousCertificateStays()
    {
        var files = ServerFiles();
        await using var host = await EchoHost.StartAsync(tls: files);
        await File.WriteAllTextAsync(files.CertFile, "half a fi");
        File.SetLastWriteTimeUtc(files.CertFile, DateTime.UtcNow.AddMinutes(1));
        await using var channel = Channel(host, new GrpcTls { CaFile = _certificates.CaFile });

        Assert.Equal(3, (await new Echo.EchoClient(channel).UnaryAsync(EchoService.Request(3))).Total);
    }

    [Fact]
    public async Task Call_ClientFilesMissing_NamesTheFile()
    {
        await using var channel = GrpcChannel.ForAddress("https://127.0.0.1:1", new GrpcChannelOptions { Tls = new GrpcTls { CaFile = "/no/such/ca.pem" } });

        AssertRefused("/no/such/ca.pem", await FailAsync(channel));
    }

    [Fact]
    public async Task Start_ServerFilesMissing_NamesTheFile()
    {
        var e = await Assert.ThrowsAsync<InvalidOperationException>(() => EchoHost.StartAsync(tls: new ServerTls { CertFile = "/no/such/server.pem", KeyFile = "/no/such/server.key" }));

        Assert.Contains("/no/such/server.pem", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_OverTls_IsServedAsHttp1()
    {
        await using var host = await EchoHost.StartAsync(tls: ServerFiles());
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, _, _, _) => true };
        using var http = new HttpClient(handler);

        Assert.Equal("well, over HTTP/1.1", await http.GetStringAsync(new Uri($"https://127.0.0.1:{host.Port}/status")));
    }

    [Fact]
    public async Task Call_CleartextToTlsPort_IsUnavailable()
    {
        await using var host = await EchoHost.StartAsync(tls: ServerFiles());
        await using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{host.Port}");

        Assert.Equal(StatusCode.Unavailable, (await FailAsync(channel)).StatusCode);
    }

    private static GrpcChannel Channel(EchoHost host, GrpcTls? tls) =>
        GrpcChannel.ForAddress($"https://127.0.0.1:{host.Port}", new GrpcChannelOptions { Tls = tls });

    private static Task<RpcException> FailAsync(GrpcChannel channel) =>
        Assert.ThrowsAsync<RpcException>(() => new Echo.EchoClient(channel).UnaryAsync(EchoService.Request(3)).ResponseAsync.WaitAsync(TimeSpan.FromSeconds(30)));

    private static void AssertRefused(string words, RpcException e)
    {
        Assert.Equal(StatusCode.Unavailable, e.StatusCode);
        Assert.Contains(words, e.Status.Detail, StringComparison.Ordinal);
        Assert.NotNull(e.InnerException);
    }

    private ServerTls ServerFiles()
    {
        var (cert, key) = _certificates.Issue("server", "server", server: true);
        return new ServerTls { CertFile = cert, KeyFile = key };
    }
}
