using System.Globalization;
using Binlog.Cluster.Pumps;
using Binlog.Cluster.Registry;
using Binlog.Cluster.Timestamps;
using Binlog.Service.Configuration;
using Binlog.Service.Drainer.Collecting;
using Binlog.Service.Hosting;
using Binlog.Service.Membership;
using Binlog.Service.Tests.Hosting;
using Binlog.TestKit.Waiting;
using Microsoft.Extensions.Logging.Abstractions;
using PumpSource = Binlog.Cluster.Pumps.PumpSource;

namespace Binlog.Service.Tests.EndToEnd;

/// <summary>Three Pumps, each a process, of a cluster whose registry and TSO are in this process: no Pump's end takes them along.</summary>
internal sealed class PumpTrio : IAsyncDisposable
{
    private const ulong ClusterId = 7;

    /// <summary>More than any disk has: new transactions are refused.</summary>
    private const string FullSetting = "--pump:stopWriteAtAvailableSpace=1048576GiB";

    private readonly TemporaryDirectory _directory = new();
    private readonly BinlogdProcess[] _processes = new BinlogdProcess[3];
    private readonly int[] _ports = [LoopbackPort.Take(), LoopbackPort.Take(), LoopbackPort.Take()];
    private ClusterAccess _cluster = null!;
    private NodeServer _server = null!;

    private PumpTrio()
    {
    }

    public static int Count => 3;

    public ITsoSource Tso => _cluster.Tso;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static async Task<PumpTrio> StartAsync()
    {
        var trio = new PumpTrio();
        trio._cluster = await ClusterAccess.OpenAsync(new HostOptions { DataDir = trio._directory.Path, Cluster = new ClusterOptions { Id = ClusterId } }, TimeProvider.System, Cancelled);
        trio._server = await NodeServer.StartAsync(
            new NodeServerOptions { Key = "test", Listen = new HostPort("127.0.0.1", 0), Services = trio._cluster.Services }, NullLoggerFactory.Instance, Cancelled);
        for (int pump = 0; pump < Count; pump++)
        {
            trio.Start(pump);
        }

        await trio.WaitForAllAsync();
        return trio;
    }

    public Task<PumpClient> OpenClientAsync(PumpClientOptions options) => PumpClient.OpenAsync(
        ClusterId, PumpSource.Registry(new PolledNodeWatch(_cluster.Registry, TimeSpan.FromMilliseconds(100), TimeProvider.System)), options, TimeProvider.System, Cancelled);

    /// <summary>Starts a Pump on its data.</summary>
    public void Start(int pump, bool isFull = false)
    {
        _processes[pump]?.Dispose();
        _processes[pump] = BinlogdProcess.Start(
            "run", $"--dataDir={_directory.Combine(Name(pump))}", $"--nodeId={Name(pump)}", $"--cluster:id={ClusterId}", $"--cluster:join={_server.BoundAddress}",
            $"--pump:listen={Address(pump)}", isFull ? FullSetting : "--pump:stopWriteAtAvailableSpace=0", "--pump:fakeBinlogInterval=200ms");
    }

    public void Kill(int pump) => _processes[pump].Kill();

    public Task SignalAsync(int pump, string signal) => _processes[pump].SignalAsync(signal);

    /// <summary>Pauses a Pump; returns when its process has ended.</summary>
    public async Task PauseAsync(int pump)
    {
        Assert.Equal(("apply action pause success!", 200), await HostRoles.PutAsync(Address(pump), $"/state/{Name(pump)}/pause"));
        Assert.Equal(ExitCode.Ok, (await _processes[pump].WaitAsync(TimeSpan.FromMinutes(2))).ExitCode);
    }

    /// <summary>Returns when every Pump is online and answers.</summary>
    public Task WaitForAllAsync() => Eventually.HoldsAsync(
        $"all Pumps are online: {Describe()}",
        async () =>
        {
            IReadOnlyList<NodeStatus> nodes = await _cluster.Registry.ListAsync(NodeRole.Pump, Cancelled);
            return nodes.Count(node => node is { State: NodeState.Online, IsAlive: true }) == Count && await Task.WhenAll(Enumerable.Range(0, Count).Select(AnswersAsync)) is [true, true, true];
        },
        Cancelled);

    /// <summary>Everything that a Pump serves up to a commit TS, fakes left out.</summary>
    public async Task<List<(ulong StartTs, ulong CommitTs)>> PullAsync(int pump, ulong upTo)
    {
        var pulled = new List<(ulong StartTs, ulong CommitTs)>();
        await foreach (PulledBinlog binlog in new GrpcBinlogPuller(Address(pump), ClusterId, compress: false, memory: null).PullAsync(0, () => { }, Cancelled))
        {
            if (binlog.StartTs != binlog.CommitTs)
            {
                pulled.Add((binlog.StartTs, binlog.CommitTs));
            }

            if (binlog.CommitTs >= upTo)
            {
                break;
            }
        }

        return pulled;
    }

    public string Describe() => string.Join('\n', _processes.Select((process, pump) => $"--- {Name(pump)}{(process.HasExited ? " (ended)" : "")}\n{string.Join('\n', process.Errors.Split('\n').TakeLast(6))}"));

    public async ValueTask DisposeAsync()
    {
        foreach (BinlogdProcess process in _processes)
        {
            process?.Dispose();
        }

        await _server.DisposeAsync();
        await _cluster.DisposeAsync();
        _directory.Dispose();
    }

    private static string Name(int pump) => string.Create(CultureInfo.InvariantCulture, $"pump{pump + 1}");

    private string Address(int pump) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_ports[pump]}");

    private async Task<bool> AnswersAsync(int pump)
    {
        try
        {
            using System.Text.Json.JsonDocument status = await HostRoles.GetAsync(Address(pump), "/status");
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
