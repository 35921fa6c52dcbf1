using System.Text.Json;
using Binlog.Cluster.Registry;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Hosting;

/// <summary>Hosts in this process, and requests to them.</summary>
internal static class HostRoles
{
    public const ulong ClusterId = 7;

    private static readonly HttpClient Http = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static PumpOptions Pump(HostPort? listen = null, string? socket = null) =>
        new() { Listen = listen ?? new HostPort("127.0.0.1", 0), StopWriteAtAvailableSpaceBytes = 0, Socket = socket };

    /// <summary>A Drainer of an SQLite file in the directory, without any DDL history.</summary>
    public static DrainerOptions Drainer(string directory)
    {
        string history = Path.Combine(directory, "history.jsonl");
        if (!File.Exists(history))
        {
            File.WriteAllText(history, "");
        }

        return new DrainerOptions
        {
            Listen = new HostPort("127.0.0.1", 0),
            InitialCommitTs = 0,
            SchemaHistory = new SchemaHistoryOptions { Path = history },
            Downstream = new DownstreamOptions { Type = DownstreamType.Sqlite, File = Path.Combine(directory, "target.db") },
        };
    }

    public static Task<BinlogHost> StartAsync(string directory, string? nodeId, PumpOptions? pump, DrainerOptions? drainer = null, BinlogHost? join = null) => BinlogHost.StartAsync(
        new HostOptions
        {
            DataDir = directory,
            NodeId = nodeId,
            Cluster = new ClusterOptions { Id = ClusterId, Join = join is not null && HostPort.TryParse(join.Pump!.Address.Address, out HostPort address, out _) ? address : null },
            Pump = pump,
            Drainer = drainer,
        },
        TimeProvider.System,
        NullLoggerFactory.Instance,
        Cancelled);

    /// <summary>Sends a request with PUT; returns the message and the code of the answer.</summary>
    public static async Task<(string Message, int Code)> PutAsync(string address, string path)
    {
        using HttpResponseMessage response = await Http.PutAsync(new Uri($"http://{address}{path}"), null, Cancelled);
        Assert.True(response.IsSuccessStatusCode, path);
        using JsonDocument json = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancelled));
        return (json.RootElement.GetProperty("message").GetString()!, json.RootElement.GetProperty("code").GetInt32());
    }

    public static async Task<JsonDocument> GetAsync(string address, string path) => JsonDocument.Parse(await Http.GetStringAsync(new Uri($"http://{address}{path}"), Cancelled));

    public static async Task<NodeStatus> FindAsync(this BinlogHost host, NodeRole role, string nodeId) =>
        (await host.Cluster.Registry.ListAsync(role, Cancelled)).Single(node => node.NodeId == nodeId);
}
