using Binlog.Grpc.Tests.Fixtures;
using Binlog.Service.GrpcServer;
using Binlog.Service.GrpcServer.Listening;

namespace Binlog.Grpc.Tests.Functional;

/// <summary>The stock gRPC client against our server.</summary>
public sealed class StockClientTests
{
    [Theory]
    [InlineData("unary")]
    [InlineData("large")]
    [InlineData("server_streaming")]
    [InlineData("client_streaming")]
    [InlineData("duplex")]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("deadline")]
    [InlineData("cancel")]
    [InlineData("status")]
    [InlineData("unknown_method")]
    [InlineData("metadata")]
    [InlineData("concurrent")]
    public async Task StockClient_Case_Succeeds(string name)
    {
        StockGrpc.Require();
        await using var host = await EchoHost.StartAsync();
        await RunAsync($"127.0.0.1:{host.Port}", name);
    }

    [Fact]
    public async Task StockClient_ServerCompressesAlways_Succeeds()
    {
        StockGrpc.Require();
        await using var host = await EchoHost.StartAsync(new GrpcServerOptions { CompressAlways = true });
        await RunAsync($"127.0.0.1:{host.Port}", "duplex");
    }

    [Fact]
    public async Task StockClient_OverTls_Succeeds()
    {
        StockGrpc.Require();
        using var certificates = new TestCertificates();
        var (cert, key) = certificates.Issue("server", "server", server: true);
        await using var host = await EchoHost.StartAsync(tls: new ServerTls { CertFile = cert, KeyFile = key });
        await RunAsync($"localhost:{host.Port}", "unary", certificates.CaFile);
    }

    [Fact]
    public async Task StockClient_OverUnixSocket_Succeeds()
    {
        StockGrpc.Require();
        var folder = Directory.CreateTempSubdirectory("grpc-stock");
        try
        {
            var path = Path.Combine(folder.FullName, "pump.sock");
            await using var host = await EchoHost.StartAsync(socketPath: path);
            await RunAsync("unix:" + path, "unary");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task RunAsync(params string[] arguments)
    {
        using var process = StockGrpc.Start("echo_client.py", arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.True(process.ExitCode == 0, await output + await error);
    }
}
