using Binlog.Cluster.Pd;
using Binlog.ClusterKit.Pd;
using Binlog.ClusterKit.Tls;
using Binlog.Grpc;
using Binlog.Service.GrpcServer.Listening;
using Binlog.TestKit.Time;

namespace Binlog.Cluster.Tests.Pd;

public sealed class PdTlsTests : IDisposable
{
    private readonly SkippingTimeProvider _time = new(TimeSpan.FromMilliseconds(500));
    private readonly TestAuthority _authority = new();
    private readonly TestAuthority _stranger = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _authority.Dispose();
        _stranger.Dispose();
    }

    [Fact]
    public async Task Calls_WithCertificatesOnBothSides_AreAnswered()
    {
        await using PdDouble pd = await StartAsync();
        await using PdClient client = Connect([pd.Members[1].Address], Files(_authority, _authority));

        await client.GetClusterIdAsync(Token);
        await client.Tso.NextAsync(1, Token);

        Assert.StartsWith("https://", client.Describe().LeaderUrl, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("https://")]
    public async Task Members_AdvertisedWithoutTls_AreReachedByTls(string scheme)
    {
        await using PdDouble pd = await StartAsync();
        pd.MoveLeader(1);
        pd.Members[1].AdvertisedUrls = [$"http://{pd.Members[1].Address}"];
        await using PdClient client = Connect([scheme + pd.Members[0].Address], Files(_authority, _authority));

        await client.Tso.NextAsync(1, Token);

        Assert.Equal(pd.Members[1].Url, client.Describe().LeaderUrl);
    }

    [Fact]
    public async Task GetClusterIdAsync_ClientCertificateOfAStranger_FailsUntilItIsRenewed()
    {
        await using PdDouble pd = await StartAsync();
        GrpcTls files = Files(_authority, _stranger);
        await using PdClient client = Connect(pd.Endpoints, files);
        ClusterException exception = await Assert.ThrowsAsync<ClusterException>(() => client.GetClusterIdAsync(Token).AsTask());
        Assert.True(exception.IsTransient);

        _authority.Issue("drainer", files.CertFile!, files.KeyFile!);

        Assert.Equal(pd.ClusterId, await client.GetClusterIdAsync(Token));
    }

    [Fact]
    public async Task GetClusterIdAsync_ServerOfAStranger_FailsUntilTheAuthoritiesAreRenewed()
    {
        await using PdDouble pd = await StartAsync();
        GrpcTls files = Files(_stranger, _authority);
        await using PdClient client = Connect(pd.Endpoints, files);
        ClusterException exception = await Assert.ThrowsAsync<ClusterException>(() => client.GetClusterIdAsync(Token).AsTask());
        Assert.Contains(files.CaFile!, exception.Message, StringComparison.Ordinal);

        File.Copy(_authority.CaFile, files.CaFile!, overwrite: true);

        Assert.Equal(pd.ClusterId, await client.GetClusterIdAsync(Token));
    }

    [Fact]
    public async Task Tso_CertificatesRenewedAndMemberRestarted_GoesOn()
    {
        await using PdDouble pd = await StartAsync();
        GrpcTls files = Files(_authority, _authority);
        await using PdClient client = Connect(pd.Endpoints, files);
        ulong before = await client.Tso.NextAsync(1, Token);

        _authority.Issue("drainer", files.CertFile!, files.KeyFile!);
        await pd.Members[0].StopAsync();
        await pd.Members[0].StartAsync();

        Assert.True(await client.Tso.NextAsync(1, Token) > before);
    }

    [Fact]
    public async Task GetClusterIdAsync_CleartextToAServerWithTls_FailsTransiently()
    {
        await using PdDouble pd = await StartAsync();
        await using PdClient client = Connect([pd.Members[0].Address], null);

        ClusterException exception = await Assert.ThrowsAsync<ClusterException>(() => client.GetClusterIdAsync(Token).AsTask());

        Assert.True(exception.IsTransient);
    }

    private static GrpcTls Files(TestAuthority trusted, TestAuthority issuer)
    {
        (string certFile, string keyFile) = issuer.Issue("drainer");
        return new GrpcTls { CaFile = trusted.CaFile, CertFile = certFile, KeyFile = keyFile };
    }

    private Task<PdDouble> StartAsync()
    {
        (string certFile, string keyFile) = _authority.Issue("pd");
        return PdDouble.StartAsync(new PdDoubleOptions { Members = 2, Tls = new ServerTls { CertFile = certFile, KeyFile = keyFile, CaFile = _authority.CaFile } });
    }

    private PdClient Connect(IReadOnlyList<string> endpoints, GrpcTls? tls) => new(new PdClientOptions { Endpoints = endpoints, Tls = tls, Time = _time });
}
