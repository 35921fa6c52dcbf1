using System.Text.Json;
using Binlog.Cluster.Registry;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;
using Binlog.Service.Tests.Pump.Serving;
using Binlog.Service.Tests.Pump.Storage;
using Binlog.TestKit.Waiting;
using Binlog.TiDB;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Pump.Retention;

/// <summary>A whole Pump that removes binlogs, and Drainers that need them.</summary>
public sealed class RetentionNodeTests : IDisposable
{
    private const int Transactions = 48;
    private const int BytesEach = 1 << 17;
    private static readonly HttpClient Http = new();

    private readonly TemporaryDirectory _directory = new();
    private readonly ulong _firstTs = Tso.FromDateTimeOffset(TimeProvider.System.GetUtcNow().AddHours(-1)).Value;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private ulong LastTs => CommitTs(Transactions - 1);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Pull_BelowWhatIsKept_NamesTheOldestCommitTs()
    {
        await using BinlogHost host = await StartAsync(Removing);
        using var connection = new PumpConnection(Address(host));
        await WriteAsync(connection);

        ulong oldest = await RemoveAsync(host);

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => FirstAsync(connection, oldest - 1));
        Assert.Equal(StatusCode.OutOfRange, error.StatusCode);
        Assert.Contains($"The oldest position that can be pulled from is {oldest}.", error.Status.Detail, StringComparison.Ordinal);
        Assert.True(await FirstAsync(connection, oldest) > oldest);
    }

    [Fact]
    public async Task Pull_FromTheOldestCommitTs_GetsEverythingAboveIt()
    {
        await using BinlogHost host = await StartAsync(Removing);
        using var connection = new PumpConnection(Address(host));
        await WriteAsync(connection);

        ulong oldest = await RemoveAsync(host);

        var pulled = new List<ulong>();
        await foreach ((ulong startTs, ulong commitTs) in connection.PullAsync(oldest, Cancelled))
        {
            if (startTs < commitTs)
            {
                pulled.Add(commitTs);
            }

            if (commitTs >= LastTs)
            {
                break;
            }
        }

        Assert.Equal(Enumerable.Range(0, Transactions).Select(CommitTs).Where(commitTs => commitTs > oldest), pulled);
    }

    [Fact]
    public async Task Drainer_NeedsWhatIsGone_StopsAndNamesTheOldestCommitTs()
    {
        await using BinlogHost host = await StartAsync(Removing);
        using var connection = new PumpConnection(Address(host));
        await WriteAsync(connection);
        ulong oldest = await RemoveAsync(host);

        await using BinlogHost drainer = await StartDrainerAsync(host);

        ServiceException error = await Assert.ThrowsAnyAsync<ServiceException>(() => drainer.RunAsync(Cancelled).WaitAsync(TimeSpan.FromMinutes(1), Cancelled));
        Assert.Equal(ExitCode.Failed, error.ExitCode);
        Assert.Contains("The Pump pump-1 at ", error.Message, StringComparison.Ordinal);
        Assert.Contains($"have been removed by retention. The oldest position that can be pulled from is {oldest}.", error.Message, StringComparison.Ordinal);
        using JsonDocument status = JsonDocument.Parse(await Http.GetStringAsync(new Uri($"http://{drainer.Drainer!.Address.Address}/status"), Cancelled));
        Assert.StartsWith("stops: the Pump pump-1 at ", status.RootElement.GetProperty("ErrMsg").GetString(), StringComparison.Ordinal);
        Assert.Equal(0ul, status.RootElement.GetProperty("LastTS").GetUInt64());
    }

    [Fact]
    public async Task Keep_StoppedDrainer_HoldsItsBinlogsUntilItIsTakenOffline()
    {
        await using BinlogHost host = await StartAsync(Removing with { Drainers = NeededBinlogs.Keep });
        ulong position = CommitTs(Transactions / 3);
        await RegisterAsync(host, NodeState.Paused, position);
        using var connection = new PumpConnection(Address(host));
        await WriteAsync(connection);

        await TriggerAsync(host);
        using (JsonDocument kept = await RetentionAsync(host, root => HasRemoved(root) && root.GetProperty("drainers").EnumerateArray().Any(drainer => drainer.GetProperty("heldBackBytes").GetInt64() > 0)))
        {
            Assert.InRange(kept.RootElement.GetProperty("oldestCommitTs").GetUInt64(), 1ul, position);
            JsonElement drainer = Assert.Single(kept.RootElement.GetProperty("drainers").EnumerateArray());
            Assert.Equal(("stopped", position), (drainer.GetProperty("nodeId").GetString(), drainer.GetProperty("commitTs").GetUInt64()));
            Assert.InRange(drainer.GetProperty("heldBackBytes").GetInt64(), 1 << 20, Transactions * BytesEach);
        }

        Assert.Equal(CommitTs((Transactions / 3) + 1), await FirstAsync(connection, position));
        await RegisterAsync(host, NodeState.Offline, position);
        await TriggerAsync(host);
        using JsonDocument removed = await RetentionAsync(host, root => root.GetProperty("drainers").GetArrayLength() == 0);
        Assert.InRange(removed.RootElement.GetProperty("oldestCommitTs").GetUInt64(), position + 1, LastTs);
    }

    [Fact]
    public async Task Restart_AfterRemoval_StillRefusesAndServes()
    {
        ulong oldest;
        await using (BinlogHost host = await StartAsync(Removing))
        {
            using var connection = new PumpConnection(Address(host));
            await WriteAsync(connection);
            oldest = await RemoveAsync(host);
        }

        await using BinlogHost again = await StartAsync(new RetentionOptions());
        using var connected = new PumpConnection(Address(again));

        Assert.Equal(StatusCode.OutOfRange, (await Assert.ThrowsAsync<RpcException>(() => FirstAsync(connected, oldest - 1))).StatusCode);
        Assert.True(await FirstAsync(connected, oldest) > oldest);
    }

    private static RetentionOptions Removing => new() { SizeBytes = 2 << 20, Drainers = NeededBinlogs.Delete };

    private static string Address(BinlogHost host) => host.Pump!.Address.Address;

    private static async Task<ulong> FirstAsync(PumpConnection connection, ulong afterCommitTs)
    {
        await foreach ((_, ulong commitTs) in connection.PullAsync(afterCommitTs, Cancelled))
        {
            return commitTs;
        }

        throw new InvalidOperationException("The stream ended.");
    }

    private static Task TriggerAsync(BinlogHost host) => Eventually.HoldsAsync(
        "a pass is taken on",
        async () =>
        {
            using HttpResponseMessage response = await Http.PostAsync(new Uri($"http://{Address(host)}/debug/gc/trigger"), null, Cancelled);
            return await response.Content.ReadAsStringAsync(Cancelled) == "trigger gc success\n";
        },
        Cancelled);

    /// <summary>The first answer that is as wanted.</summary>
    private static async Task<JsonDocument> RetentionAsync(BinlogHost host, Func<JsonElement, bool> isWanted)
    {
        JsonDocument? found = null;
        await Eventually.HoldsAsync(
            "retention has done its work",
            async () =>
            {
                found?.Dispose();
                found = JsonDocument.Parse(await Http.GetStringAsync(new Uri($"http://{Address(host)}/retention"), Cancelled));
                return isWanted(found.RootElement);
            },
            Cancelled);
        return found!;
    }

    private static bool HasRemoved(JsonElement root) => root.GetProperty("sinceStart").GetProperty("removedSegments").GetInt64() > 0;

    private static Task RegisterAsync(BinlogHost host, NodeState state, ulong commitTs) =>
        host.Cluster.Registry.PutAsync(NodeRole.Drainer, new NodeStatus { NodeId = "stopped", Host = "127.0.0.1:1", State = state, MaxCommitTs = (long)commitTs }, Cancelled);

    /// <summary>Makes a pass and returns the oldest commit TS that is left.</summary>
    private static async Task<ulong> RemoveAsync(BinlogHost host)
    {
        await TriggerAsync(host);
        using JsonDocument done = await RetentionAsync(host, HasRemoved);
        return done.RootElement.GetProperty("oldestCommitTs").GetUInt64();
    }

    private ulong CommitTs(int index) => _firstTs + ((ulong)index * 10) + 5;

    private async Task WriteAsync(PumpConnection connection)
    {
        for (int index = 0; index < Transactions; index++)
        {
            ulong commitTs = CommitTs(index);
            await connection.WriteAsync(TestBinlogs.Prewrite(commitTs - 1, BytesEach));
            await connection.WriteAsync(TestBinlogs.Commit(commitTs - 1, commitTs));
        }
    }

    private Task<BinlogHost> StartAsync(RetentionOptions retention) => BinlogHost.StartAsync(
        new HostOptions
        {
            DataDir = _directory.Combine("pump"),
            NodeId = "pump-1",
            Cluster = new ClusterOptions { Id = StoreDriver.ClusterId },
            Pump = new PumpOptions { Listen = new HostPort("127.0.0.1", 0), SegmentSizeBytes = 1 << 20, StopWriteAtAvailableSpaceBytes = 0, Retention = retention },
        },
        TimeProvider.System,
        NullLoggerFactory.Instance,
        Cancelled);

    private Task<BinlogHost> StartDrainerAsync(BinlogHost pump)
    {
        Assert.True(HostPort.TryParse(Address(pump), out HostPort join, out _));
        return BinlogHost.StartAsync(
            new HostOptions
            {
                DataDir = _directory.Combine("drainer"),
                NodeId = "drainer-1",
                Cluster = new ClusterOptions { Id = StoreDriver.ClusterId, Join = join },
                Drainer = new DrainerOptions
                {
                    Listen = new HostPort("127.0.0.1", 0),
                    InitialCommitTs = 0,
                    SchemaHistory = new SchemaHistoryOptions { Source = SchemaHistorySource.File, Path = _directory.Write("jobs.jsonl", "") },
                    Downstream = new DownstreamOptions { Type = DownstreamType.Sqlite, File = _directory.Combine("target.db") },
                },
            },
            TimeProvider.System,
            NullLoggerFactory.Instance,
            Cancelled);
    }
}
