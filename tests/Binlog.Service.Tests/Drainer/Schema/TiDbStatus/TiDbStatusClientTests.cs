using System.Text;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Drainer.Schema.TiDbStatus;
using Binlog.Service.Tests.Cluster;
using Binlog.Service.Tests.Security;

namespace Binlog.Service.Tests.Drainer.Schema.TiDbStatus;

public sealed class TiDbStatusClientTests : IAsyncLifetime
{
    private StatusPortDouble _server = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await StatusPortDouble.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData(false, 0)]
    [InlineData(false, 63)]
    [InlineData(false, 64)]
    [InlineData(false, 2600)]
    [InlineData(true, 0)]
    [InlineData(true, 64)]
    [InlineData(true, 2600)]
    public async Task ReadAsync_NothingKnown_GivesEveryJobOnce(bool isOld, int jobs)
    {
        _server.IsOld = isOld;
        _server.Add(Enumerable.Range(1, jobs).Select(id => 3L * id));

        List<long> found = [.. (await ReadAsync(_ => false)).Order()];

        Assert.Equal(_server.Jobs.Keys, found);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ReadAsync_OlderOnesKnown_GivesTheNewOnesByOneQuery(bool isOld)
    {
        _server.IsOld = isOld;
        _server.Add(Enumerable.Range(1, 300).Select(id => (long)id));

        List<long> found = await ReadAsync(id => id is not (150 or 260 or 299));

        Assert.Equal([150, 260, 299], found.Order());
        _server.Queries.Clear();
        Assert.Empty(await ReadAsync(_ => true));
        Assert.Equal(["?limit=64"], _server.Queries);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task FindAsync_Job_IsFoundWithItsJson(bool isOld)
    {
        _server.IsOld = isOld;
        _server.Add(1, 5, 7, 9);
        using TiDbStatusClient client = Client(_server.Address);

        ReadOnlyMemory<byte>? found = await client.FindAsync(5, Cancelled);

        Assert.Equal("{\"id\":5,\"type\":1,\"state\":6,\"query\":\"create database `d 5`\",\"schema_id\":5,\"binlog\":{\"SchemaVersion\":5,\"DBInfo\":{\"id\":5,\"db_name\":{\"O\":\"d5\",\"L\":\"d5\"},\"state\":5},\"FinishedTS\":5}}", Encoding.UTF8.GetString(found!.Value.Span));
        Assert.Null(await client.FindAsync(6, Cancelled));
        Assert.Null(await client.FindAsync(11, Cancelled));
    }

    [Fact]
    public async Task ReadAsync_FirstServerAway_AsksTheNext()
    {
        _server.Add(1);

        Assert.Equal([1], await ReadAsync(_ => false, FreePort.Address(), _server.Address));
    }

    [Theory]
    [InlineData(500, "boom", true, "answered 500 boom")]
    [InlineData(404, "404 page not found", false, "answered 404 404 page not found")]
    [InlineData(200, "<html>", false, "expected '['")]
    [InlineData(200, "[{\"x\": 1}]", false, "it has no job ID")]
    [InlineData(200, "[{\"id\": 1", false, "the rest of a job")]
    public async Task ReadAsync_OtherAnswers_AreExplained(int status, string body, bool isTransient, string expected)
    {
        _server.Instead = (status, body);

        var exception = await Assert.ThrowsAsync<SchemaHistoryException>(() => ReadAsync(_ => false));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.Contains("drainer.schemaHistory.tidb", exception.Message, StringComparison.Ordinal);
        Assert.Equal(isTransient, exception.IsTransient);
    }

    [Fact]
    public async Task ReadAsync_NobodyThere_IsTransient()
    {
        var exception = await Assert.ThrowsAsync<SchemaHistoryException>(() => ReadAsync(_ => false, FreePort.Address()));

        Assert.True(exception.IsTransient);
    }

    [Fact]
    public async Task ReadAsync_OverTls_ShowsItsCertificateAndChecksTheServers()
    {
        using var certificates = new NodeCertificates();
        await using StatusPortDouble server = await StatusPortDouble.StartAsync(certificates.Node("tidb").Server);
        server.Add(1, 2);

        using var client = new TiDbStatusClient([$"https://{server.Address}"], certificates.Node("drainer").Client);
        Assert.NotNull(await client.FindAsync(2, Cancelled));

        using var stranger = new NodeCertificates();
        using var distrusting = new TiDbStatusClient([server.Address], stranger.Node("drainer").Client);
        var exception = await Assert.ThrowsAsync<SchemaHistoryException>(() => distrusting.FindAsync(2, Cancelled));
        Assert.Contains("is not trusted by the authorities in", exception.Message, StringComparison.Ordinal);
    }

    private async Task<List<long>> ReadAsync(Func<long, bool> isKnown, params string[] servers)
    {
        using TiDbStatusClient client = Client(servers.Length == 0 ? [_server.Address] : servers);
        List<long> found = [];
        await foreach (ReadOnlyMemory<byte> job in client.ReadAsync(isKnown, isKnown, Cancelled))
        {
            found.Add(JobHead.Read(job.Span).Id);
        }

        return found;
    }

    private static TiDbStatusClient Client(params string[] servers) => new(servers, null);
}
