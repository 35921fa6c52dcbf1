using System.Text;
using Binlog.Cluster.Connecting;
using Binlog.Cluster.TiKv;
using Binlog.ClusterKit.Regions;
using Binlog.ClusterKit.TiKv;
using Binlog.TestKit.Time;

namespace Binlog.Cluster.Tests.TiKv;

/// <summary>Stores, a PD that knows all about them, and a client. Waits between attempts are skipped.</summary>
internal sealed class TiKvCluster : IAsyncDisposable
{
    private readonly ServerChannels _channels;

    private TiKvCluster(TimeSpan longestSkipped)
    {
        Time = new SkippingTimeProvider(longestSkipped);
        Tso = new ClockTso(Time);
        var regions = new RegionTable();
        Servers = new TiKvDouble(regions);
        Pd = new TableRegionSource(regions);
        _channels = new ServerChannels(null, Time);
        Client = new TiKvClient(Pd, Tso, _channels, Time);
    }

    public SkippingTimeProvider Time { get; }

    public ClockTso Tso { get; }

    public TiKvDouble Servers { get; }

    public TableRegionSource Pd { get; }

    public TiKvClient Client { get; }

    public StoredData Data => Servers.Data;

    public List<ulong> Stores { get; } = [];

    public static async Task<TiKvCluster> StartAsync(int stores = 1)
    {
        // Longer than every wait between attempts, and shorter than the limit of a call.
        var cluster = new TiKvCluster(TimeSpan.FromSeconds(5));
        for (int store = 0; store < stores; store++)
        {
            cluster.Stores.Add(await cluster.Servers.AddStoreAsync());
        }

        return cluster;
    }

    public static byte[] Bytes(string text) => Encoding.ASCII.GetBytes(text);

    public static string? Text(ReadOnlyMemory<byte>? value) => value is { } bytes ? Encoding.ASCII.GetString(bytes.Span) : null;

    /// <summary>Commits a value a second ago.</summary>
    public void Put(string key, string value) => Data.Put(Bytes(key), Bytes(value), Tso.At(-1000), Tso.At(-999));

    public async Task<string?> GetAsync(string key) => Text(await Client.GetAsync(Bytes(key), await Tso.NextAsync(1, default), TestContext.Current.CancellationToken));

    public async Task<List<string>> ScanAsync(string start, string end)
    {
        TiKvSnapshot snapshot = await Client.TakeSnapshotAsync(default);
        var found = new List<string>();
        await foreach (KeyValue pair in snapshot.ScanAsync(Bytes(start), Bytes(end), keysOnly: false, TestContext.Current.CancellationToken))
        {
            found.Add($"{Text(pair.Key)}={Text(pair.Value)}");
        }

        return found;
    }

    public async ValueTask DisposeAsync()
    {
        _channels.Dispose();
        await Servers.DisposeAsync();
    }
}
