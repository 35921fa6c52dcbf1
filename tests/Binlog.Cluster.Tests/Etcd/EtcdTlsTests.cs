using Binlog.Cluster.Etcd;
using Binlog.ClusterKit.Etcd;
using Binlog.Grpc;
using Binlog.Grpc.Tests.Fixtures;

namespace Binlog.Cluster.Tests.Etcd;

public sealed class EtcdTlsTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _certificates.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Calls_ClientCertificate_AreDone(bool hasScheme)
    {
        await using EtcdServer server = await StartAsync();
        (string cert, string key) = _certificates.Issue("client", "binlogd", server: false);
        string address = hasScheme ? server.Endpoint : $"127.0.0.1:{server.Port}";
        await using var client = new EtcdClient(new EtcdClientOptions { Endpoints = [address], Tls = new GrpcTls { CaFile = _certificates.CaFile, CertFile = cert, KeyFile = key } });

        Assert.True(await client.TryCreateAsync("/k", "v", Token));
        Assert.Equal("v", await client.GetAsync("/k", Token));
        await using IAsyncEnumerator<EtcdWatchBatch> changes = client.Watch([EtcdRange.OfKey("/k")], 1).ReadAsync(Token).GetAsyncEnumerator(Token);
        Assert.True(await changes.MoveNextAsync());
        Assert.Equal(["/k=v"], changes.Current.Texts());
    }

    [Fact]
    public async Task Calls_ServerOfAnotherAuthority_AreNotMade()
    {
        await using EtcdServer server = await StartAsync();
        using var others = new TestCertificates();
        (string cert, string key) = _certificates.Issue("client", "binlogd", server: false);
        await using EtcdClient client = Connect(server.Endpoint, new GrpcTls { CaFile = others.CaFile, CertFile = cert, KeyFile = key });

        var exception = await Assert.ThrowsAsync<ClusterException>(() => client.GetAsync("/k", Token));

        Assert.Contains("Can't establish TLS with", exception.Message, StringComparison.Ordinal);
        Assert.Contains($"is not trusted by the authorities in '{others.CaFile}'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_WithoutClientCertificate_FailWithTheAddress()
    {
        await using EtcdServer server = await StartAsync();
        await using EtcdClient client = Connect(server.Endpoint, new GrpcTls { CaFile = _certificates.CaFile });

        var exception = await Assert.ThrowsAsync<ClusterException>(() => client.GetAsync("/k", Token));

        Assert.True(exception.IsTransient);
        Assert.Contains($"etcd at {server.Endpoint} did not answer Range of /k", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_CleartextToATlsServer_SayThatTlsMustBeOnBothSides()
    {
        await using EtcdServer server = await StartAsync();
        await using EtcdClient client = Connect($"http://127.0.0.1:{server.Port}", tls: null);

        var exception = await Assert.ThrowsAsync<ClusterException>(() => client.GetAsync("/k", Token));

        Assert.Contains("TLS is used on both sides or on none", exception.Message, StringComparison.Ordinal);
    }

    private static EtcdClient Connect(string endpoint, GrpcTls? tls) => new(new EtcdClientOptions { Endpoints = [endpoint], Tls = tls, CallTimeout = TimeSpan.FromSeconds(3) });

    private Task<EtcdServer> StartAsync()
    {
        EtcdPrograms.Require();
        (string cert, string key) = _certificates.Issue("server", "etcd", server: true);
        return EtcdServer.StartAsync(new EtcdServerOptions { CertFile = cert, KeyFile = key, ClientCaFile = _certificates.CaFile }, Token);
    }
}
