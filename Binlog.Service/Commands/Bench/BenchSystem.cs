using System.Text.Json;
using Binlog.Service.Configuration;
using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Commands.Bench;

/// <summary>
/// The nodes that a benchmark starts for itself, with a temporary directory for all they keep. Everything is gone after disposal.
/// </summary>
internal sealed class BenchSystem : IAsyncDisposable
{
    /// <summary>ID of the cluster of these nodes: one that no real checkpoint or Pump has by default.</summary>
    public const ulong ClusterId = 4242;

    /// <summary>Name of the Pump.</summary>
    public const string PumpNodeId = "bench-pump";

    /// <summary>Name of the Drainer.</summary>
    public const string DrainerNodeId = "bench-drainer";

    private readonly Stack<ChildNode> _nodes = new();
    private readonly Lazy<DirectoryInfo> _directory = new(() => Directory.CreateTempSubdirectory("binlogd-bench-"));
    private int _pumpPort;

    /// <summary>Absolute path of the temporary directory, which only this user can read.</summary>
    public string DirectoryPath => _directory.Value.FullName;

    /// <summary>The data directory of the Pump.</summary>
    public string PumpDataDirectory => Path.Combine(DirectoryPath, "pump");

    /// <summary>Starts a Pump on a free port; the first node, and so the one that keeps the cluster's registry. Once it has ended, again on the same data and port.</summary>
    public async Task<ChildNode> StartPumpAsync(CancellationToken cancellationToken)
    {
        ChildNode pump = await StartAsync(
            "Pump",
            "pump",
            writer =>
            {
                writer.WriteStartObject("pump");
                writer.WriteString("listen", new HostPort("127.0.0.1", _pumpPort).ToString());
                writer.WriteEndObject();
                writer.WriteString("nodeId", PumpNodeId);
            },
            join: null,
            cancellationToken);
        _pumpPort = pump.Address.Port;
        return pump;
    }

    /// <summary>Starts another Pump, which joins the cluster of the first.</summary>
    /// <param name="first">The Pump that keeps the cluster's registry.</param>
    /// <param name="number">Which one, from 2.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public Task<ChildNode> StartJoiningPumpAsync(HostPort first, int number, CancellationToken cancellationToken) => StartAsync(
        $"Pump {number}",
        $"pump{number}",
        writer =>
        {
            writer.WriteStartObject("pump");
            writer.WriteString("listen", "127.0.0.1:0");
            writer.WriteEndObject();
            writer.WriteString("nodeId", $"{PumpNodeId}-{number}");
        },
        join: first,
        cancellationToken);

    /// <summary>Starts a Drainer on a free port that begins with the oldest transaction. Once it has ended, again on the same data.</summary>
    /// <param name="pump">The Pump that keeps the cluster's registry.</param>
    /// <param name="historyFile">File of DDL jobs.</param>
    /// <param name="downstream">The target.</param>
    /// <param name="apply">How it is applied to; null: as without configuration.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public Task<ChildNode> StartDrainerAsync(HostPort pump, string historyFile, DownstreamOptions downstream, BenchApplyOptions? apply, CancellationToken cancellationToken) => StartAsync(
        "Drainer",
        "drainer",
        writer =>
        {
            writer.WriteStartObject("drainer");
            writer.WriteString("listen", "127.0.0.1:0");
            writer.WriteNumber("initialCommitTs", 0);
            if (apply is not null)
            {
                writer.WriteString("consistency", ApplySettings.Consistency.Type.Format(apply.Consistency));
                writer.WriteNumber("workers", apply.Workers);
            }

            writer.WriteStartObject("schemaHistory");
            writer.WriteString("path", historyFile);
            writer.WriteEndObject();
            DownstreamJson.Write(writer, "downstream", downstream);
            writer.WriteEndObject();
            writer.WriteString("nodeId", DrainerNodeId);
        },
        join: pump,
        cancellationToken);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        while (_nodes.TryPop(out ChildNode? node))
        {
            await node.DisposeAsync();
        }

        if (_directory.IsValueCreated)
        {
            _directory.Value.Delete(recursive: true);
        }
    }

    private async Task<ChildNode> StartAsync(string name, string directory, Action<Utf8JsonWriter> writeRole, HostPort? join, CancellationToken cancellationToken)
    {
        string configFile = Path.Combine(DirectoryPath, $"{directory}.json");
        await using (FileStream file = File.Create(configFile))
        await using (var writer = new Utf8JsonWriter(file))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("cluster");
            writer.WriteNumber("id", ClusterId);
            if (join is { } address)
            {
                writer.WriteString("join", address.ToString());
            }

            writer.WriteEndObject();
            writer.WriteString("dataDir", Path.Combine(DirectoryPath, directory));
            writeRole(writer);
            writer.WriteEndObject();
        }

        ChildNode node = await ChildNode.StartAsync(name, configFile, cancellationToken);
        _nodes.Push(node);
        return node;
    }
}
