using System.Diagnostics;
using Binlog.TestKit.Capabilities;
using Binlog.TestKit.MariaDb;

namespace Binlog.MySql.Tests.RealServer;

public class MariaDbServerTests
{
    [Fact]
    public async Task StartAsync_FreshFolder_TakesConnectionsAndSurvivesKill()
    {
        Capability.RequireMariaDb();
        var watch = Stopwatch.StartNew();
        await using var server = await MariaDbServer.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        TestContext.Current.TestOutputHelper!.WriteLine($"start {watch.ElapsedMilliseconds} ms");
        var first = server.ProcessId;
        var port = server.Port;
        server.Kill();
        await server.StartAgainAsync(TestContext.Current.CancellationToken);
        Assert.NotEqual(first, server.ProcessId);
        Assert.Equal(port, server.Port);
        await server.StopAsync(TestContext.Current.CancellationToken);
        Assert.Throws<InvalidOperationException>(() => server.ProcessId);
    }
}
