using Binlog.Service.Configuration;
using Binlog.Service.Hosting;
using Binlog.Service.Tests.Cluster;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Hosting;

/// <summary>Starts that can't succeed, and what they say.</summary>
public sealed class BinlogHostTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task StartAsync_DataDirectoryInUse_StartFailed()
    {
        await using BinlogHost first = await StartAsync("one");

        await AssertStartFailsAsync(() => StartAsync("one"), $"uses the data directory {_directory.Combine("one")}");
    }

    [Fact]
    public async Task StartAsync_PortInUse_StartFailedAndDirectoryFreeAgain()
    {
        await using BinlogHost first = await StartAsync("one");
        Assert.True(HostPort.TryParse(first.Pump!.Address.Address, out HostPort taken, out _));

        await AssertStartFailsAsync(() => StartAsync("two", taken), $"pump.listen is {taken}");

        await using BinlogHost second = await StartAsync("two");
    }

    [Fact]
    public async Task StartAsync_UnknownName_StartFailed() =>
        await AssertStartFailsAsync(() => StartAsync("one", new HostPort("no-such-host.invalid", 0)), "the name no-such-host.invalid has no address");

    [Fact]
    public async Task StartAsync_JoinsAHostOfAnotherCluster_StartFailed()
    {
        await using BinlogHost first = await StartAsync("one");
        Assert.True(HostPort.TryParse(first.Pump!.Address.Address, out HostPort address, out _));

        await AssertStartFailsAsync(() => StartAsync("two", clusterId: 8, join: address), "belongs to cluster 7, the caller to cluster 8");
    }

    [Fact]
    public async Task StartAsync_DirectoryOfAnotherCluster_StartFailed()
    {
        await (await StartAsync("one")).DisposeAsync();

        await AssertStartFailsAsync(() => StartAsync("one", clusterId: 8), "belongs to cluster 7, but cluster.id is 8");
    }

    [Fact]
    public async Task StartAsync_StoreOfAnotherCluster_StartFailed()
    {
        await (await StartAsync("one")).DisposeAsync();
        File.Delete(_directory.Combine("one/cluster.db"));

        await AssertStartFailsAsync(() => StartAsync("one", clusterId: 8), "pump store");
    }

    [Fact]
    public async Task StartAsync_Cancelled_EndsAndFreesTheDirectory()
    {
        using var source = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        Task<BinlogHost> start = StartAsync("one", join: new HostPort("127.0.0.1", FreePort.Take()), cancellationToken: source.Token);
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => start);

        await using BinlogHost again = await StartAsync("one");
    }

    [Fact]
    public async Task RunAsync_Cancelled_Returns()
    {
        await using BinlogHost host = await StartAsync("one");
        using var source = new CancellationTokenSource();
        Task running = host.RunAsync(source.Token);
        Assert.False(running.IsCompleted);

        await source.CancelAsync();

        await running.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
    }

    private static async Task AssertStartFailsAsync(Func<Task<BinlogHost>> start, string text)
    {
        var exception = await Assert.ThrowsAsync<StartFailedException>(start);
        Assert.Equal(ExitCode.StartFailed, exception.ExitCode);
        Assert.Contains(text, exception.Message, StringComparison.Ordinal);
    }

    private Task<BinlogHost> StartAsync(string directory, HostPort? listen = null, ulong clusterId = 7, HostPort? join = null, CancellationToken cancellationToken = default) => BinlogHost.StartAsync(
        new HostOptions
        {
            DataDir = _directory.Combine(directory),
            NodeId = directory,
            Cluster = new ClusterOptions { Id = clusterId, Join = join },
            Pump = new PumpOptions { Listen = listen ?? new HostPort("127.0.0.1", 0), StopWriteAtAvailableSpaceBytes = 0 },
        },
        TimeProvider.System,
        NullLoggerFactory.Instance,
        cancellationToken);
}
