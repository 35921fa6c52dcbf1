using System.Buffers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Binlog.Cluster;
using Binlog.Cluster.Embedded;
using Binlog.Cluster.Pumps;
using Binlog.Cluster.Registry;
using Binlog.Grpc;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;
using Binlog.Service.Tests.Pump;
using Binlog.TiDB;
using Binlog.TiDB.Contracts;
using Binlog.TiDB.Records;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using PumpContract = Binlog.Cluster.Contracts.Pump;

namespace Binlog.Service.Tests.Security;

/// <summary>A Pump and a Drainer on two hosts that talk to each other over mutual TLS only.</summary>
public sealed class MutualTlsTests : IDisposable
{
    private const ulong ClusterId = 7;

    private readonly TemporaryDirectory _directory = new();
    private readonly NodeCertificates _certificates = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _certificates.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Cluster_OverTls_BinlogsReachTheTargetAndEveryEndpointIsHttps()
    {
        await using BinlogHost pump = await StartPumpAsync("pump", "drainer", "writer");
        await using BinlogHost drainer = await StartDrainerAsync(pump);
        ulong startTs = Tso.FromDateTimeOffset(TimeProvider.System.GetUtcNow().AddMinutes(1)).Value;
        await using (PumpClient writer = await OpenWriterAsync(pump))
        {
            // No rows: the schema history of this test is empty.
            PrewrittenTransaction transaction = await writer.Begin(startTs).PrewriteAsync(EmptyPrewrite(startTs), Cancelled);
            await transaction.CommitAsync(startTs + 1, Cancelled);
        }

        await drainer.Drainer!.Progress.WaitForAsync(startTs + 1, Cancelled).WaitAsync(TimeSpan.FromSeconds(60), Cancelled);

        using HttpClient http = Https("drainer");
        foreach (string address in new[] { pump.Pump!.Address.Address, drainer.Drainer.Address.Address })
        {
            using JsonDocument status = JsonDocument.Parse(await http.GetStringAsync(new Uri($"https://{address}/status"), Cancelled));
            Assert.Equal("", status.RootElement.GetProperty("ErrMsg").GetString());
            Assert.Contains("process_cpu_seconds_total", await http.GetStringAsync(new Uri($"https://{address}/metrics"), Cancelled), StringComparison.Ordinal);
            await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(new Uri($"http://{address}/status"), Cancelled));
        }
    }

    /// <summary>The Drainer is there first: the Pump's notification is what makes it a source in time.</summary>
    [Fact]
    public async Task Pump_StartsAfterTheDrainer_NotifiesItOverTls()
    {
        await using BinlogHost registry = await StartPumpAsync("registry", "pump", "drainer", "registry");
        await using BinlogHost drainer = await StartDrainerAsync(registry);

        await using BinlogHost pump = await BinlogHost.StartAsync(Host("pump", _certificates.Node("pump"), registry) with { Pump = Loopback() }, TimeProvider.System, NullLoggerFactory.Instance, Cancelled);

        using HttpClient http = Https("drainer");
        using JsonDocument status = JsonDocument.Parse(await http.GetStringAsync(new Uri($"https://{drainer.Drainer!.Address.Address}/status"), Cancelled));
        Assert.True(status.RootElement.GetProperty("PumpPos").TryGetProperty("pump", out _));
    }

    /// <summary>Neither announces anything by itself within an hour.</summary>
    [Fact]
    public async Task Drainer_TransactionWaitsForAnIdlePump_AsksItOverTls()
    {
        PumpOptions idle = Loopback() with { FakeBinlogInterval = TimeSpan.FromHours(1) };
        await using BinlogHost registry = await BinlogHost.StartAsync(
            Host("registry", _certificates.Node("registry", "pump", "drainer", "writer", "registry")) with { Pump = idle }, TimeProvider.System, NullLoggerFactory.Instance, Cancelled);
        await using BinlogHost drainer = await StartDrainerAsync(registry);
        await using BinlogHost pump = await BinlogHost.StartAsync(
            Host("pump", _certificates.Node("pump", "drainer", "writer"), registry) with { Pump = idle }, TimeProvider.System, NullLoggerFactory.Instance, Cancelled);
        ulong startTs = Tso.FromDateTimeOffset(TimeProvider.System.GetUtcNow().AddMinutes(1)).Value;
        await using PumpClient writer = await OpenWriterAsync(pump);

        PrewrittenTransaction transaction = await writer.Begin(startTs).PrewriteAsync(EmptyPrewrite(startTs), Cancelled);
        await transaction.CommitAsync(startTs + 1, Cancelled);

        await drainer.Drainer!.Progress.WaitForAsync(startTs + 1, Cancelled).WaitAsync(TimeSpan.FromSeconds(60), Cancelled);
    }

    [Fact]
    public async Task Client_WithoutCertificate_IsRefused() => await AssertRefusedAsync(_certificates.Client(null));

    [Fact]
    public async Task Client_CommonNameNotAllowed_IsRefused() => await AssertRefusedAsync(_certificates.Client("stranger"));

    [Fact]
    public async Task Client_OfAnotherAuthority_IsRefused()
    {
        using var others = new NodeCertificates();
        (string certFile, string keyFile) = others.Issue("writer");

        await AssertRefusedAsync(new GrpcTls { CaFile = _certificates.CaFile, CertFile = certFile, KeyFile = keyFile });
    }

    [Fact]
    public async Task Client_Cleartext_IsRefused() => await AssertRefusedAsync(null);

    [Fact]
    public async Task Client_AllowedCommonName_IsServed()
    {
        await using BinlogHost pump = await StartPumpAsync("pump", "writer");

        await ProbeAsync(pump, _certificates.Client("writer"));
    }

    [Theory]
    [InlineData("stranger")]
    [InlineData(null)]
    public async Task Join_CommonNameNotAllowedOrNone_IsToldThatItCannot(string? commonName)
    {
        await using BinlogHost pump = await StartPumpAsync("pump", "writer");
        string address = pump.Pump!.Address.Address;
        await using var client = new EmbeddedClusterClient(address, ClusterId, TimeProvider.System, _certificates.Client(commonName));

        var exception = await Assert.ThrowsAsync<ClusterException>(() => client.ListAsync(NodeRole.Pump, Cancelled));

        Assert.Contains($"host at {address} did not answer", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_KeyIsGone_FailsAndNamesTheFile()
    {
        SecurityOptions security = _certificates.Node("pump");
        File.Delete(security.KeyFile!);

        var exception = await Assert.ThrowsAsync<StartFailedException>(
            () => BinlogHost.StartAsync(Host("pump", security) with { Pump = Loopback() }, TimeProvider.System, NullLoggerFactory.Instance, Cancelled));

        Assert.StartsWith("pump.listen can't serve TLS: ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(security.KeyFile!, exception.Message, StringComparison.Ordinal);
    }

    private static byte[] EmptyPrewrite(ulong startTs)
    {
        var value = new ArrayBufferWriter<byte>();
        new PrewriteValueWriter(0).WriteTo(value);
        var writer = new ArrayBufferWriter<byte>();
        BinlogWriter.WritePrewrite(writer, startTs, TestBinlogs.Key, value.WrittenSpan);
        return writer.WrittenSpan.ToArray();
    }

    private static async Task ProbeAsync(BinlogHost pump, GrpcTls? tls)
    {
        using GrpcChannel channel = GrpcChannel.ForPeer(pump.Pump!.Address.Address, new GrpcChannelOptions { Tls = tls });
        using AsyncUnaryCall<WriteBinlogResp> call = new PumpContract.PumpClient(channel).WriteBinlogAsync(
            new WriteBinlogReq { ClusterId = ClusterId, Payload = ByteString.Empty }, cancellationToken: Cancelled);
        await call.ResponseAsync;
    }

    private Task<PumpClient> OpenWriterAsync(BinlogHost pump) =>
        PumpClient.OpenAsync(ClusterId, PumpSource.Addresses(pump.Pump!.Address.Address), new PumpClientOptions { Tls = _certificates.Client("writer") }, TimeProvider.System, Cancelled);

    private async Task AssertRefusedAsync(GrpcTls? tls)
    {
        await using BinlogHost pump = await StartPumpAsync("pump", "writer");

        var exception = await Assert.ThrowsAsync<RpcException>(() => ProbeAsync(pump, tls));

        Assert.Equal(StatusCode.Unavailable, exception.StatusCode);
    }

    private HttpClient Https(string commonName)
    {
        (string certFile, string keyFile) = _certificates.Issue(commonName);
        X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(certFile, keyFile);
        var authority = new X509Certificate2Collection();
        authority.ImportFromPemFile(_certificates.CaFile);
        return new HttpClient(new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificates = [certificate],
                CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { authority[0] }, RevocationMode = X509RevocationMode.NoCheck },
            },
        });
    }

    private Task<BinlogHost> StartPumpAsync(string name, params string[] allowedCommonNames) =>
        BinlogHost.StartAsync(Host(name, _certificates.Node(name, allowedCommonNames)) with { Pump = Loopback() }, TimeProvider.System, NullLoggerFactory.Instance, Cancelled);

    private Task<BinlogHost> StartDrainerAsync(BinlogHost registry) => BinlogHost.StartAsync(
        Host("drainer", _certificates.Node("drainer"), registry) with
        {
            Drainer = new DrainerOptions
            {
                Listen = new HostPort("127.0.0.1", 0),
                InitialCommitTs = 0,
                SchemaHistory = new SchemaHistoryOptions { Path = _directory.Write("jobs.jsonl", "") },
                Downstream = new DownstreamOptions { Type = DownstreamType.Sqlite, File = _directory.Combine("target.db") },
            },
        },
        TimeProvider.System,
        NullLoggerFactory.Instance,
        Cancelled);

    private static PumpOptions Loopback() => new() { Listen = new HostPort("127.0.0.1", 0), StopWriteAtAvailableSpaceBytes = 0 };

    private HostOptions Host(string name, SecurityOptions security, BinlogHost? registry = null)
    {
        HostPort join = default;
        Assert.True(registry is null || HostPort.TryParse(registry.Pump!.Address.Address, out join, out _));
        return new HostOptions
        {
            DataDir = _directory.Combine(name),
            NodeId = name,
            Cluster = new ClusterOptions { Id = ClusterId, Join = registry is null ? null : join },
            Security = security,
        };
    }
}
