using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Binlog.Cluster.Connecting;
using Binlog.Cluster.TiKv;
using Binlog.ClusterKit.Regions;
using Binlog.ClusterKit.TiKv;
using Binlog.Service.Drainer.Schema;
using Binlog.TestKit.Time;
using Binlog.TiDB.Keys;

namespace Binlog.Service.Tests.Drainer.Schema;

/// <summary>A double of TiKV with a cluster's meta data, and what reads it. Waits between attempts are skipped.</summary>
internal sealed class TiKvMeta : IAsyncDisposable
{
    private readonly ServerChannels _channels;

    private TiKvMeta()
    {
        Time = new SkippingTimeProvider(TimeSpan.FromSeconds(5));
        Tso = new ClockTso(Time);
        Servers = new TiKvDouble(new RegionTable());
        _channels = new ServerChannels(null, Time);
        Client = new TiKvClient(new TableRegionSource(Servers.Regions), Tso, _channels, Time);
    }

    public SkippingTimeProvider Time { get; }

    public ClockTso Tso { get; }

    public TiKvDouble Servers { get; }

    public TiKvClient Client { get; }

    public ulong StoreId { get; private set; }

    public static async Task<TiKvMeta> StartAsync()
    {
        var meta = new TiKvMeta();
        meta.StoreId = await meta.Servers.AddStoreAsync();
        return meta;
    }

    /// <summary>Puts in the raw meta keys of the recorded cluster.</summary>
    public void PutRecording()
    {
        using var lines = new StreamReader(new GZipStream(File.OpenRead(RecordedStream.PathOf("tikv_meta_kvs.jsonl.gz")), CompressionMode.Decompress));
        while (lines.ReadLine() is { } line)
        {
            using JsonDocument pair = JsonDocument.Parse(line);
            byte[] value = pair.RootElement.TryGetProperty("value_text", out JsonElement text)
                ? Encoding.UTF8.GetBytes(text.GetString()!)
                : Convert.FromHexString(pair.RootElement.GetProperty("value_hex").GetString()!);
            Put(Convert.FromHexString(pair.RootElement.GetProperty("key_hex").GetString()!), value);
        }
    }

    /// <summary>Commits a value now.</summary>
    public void Put(byte[] key, byte[] value) => Servers.Data.Put(key, value, Tso.At(-2), Tso.At(-1));

    /// <summary>Commits a job of a table that it makes.</summary>
    public void PutJob(long jobId, long version, int state = 6) => Put(MetaKey.ForDdlJob(jobId), Encoding.UTF8.GetBytes(Job(jobId, version, state)));

    public static string Job(long jobId, long version, int state = 6) =>
        $$"""{"id":{{jobId}},"type":3,"state":{{state}},"schema_id":1,"table_id":{{jobId + 1000}},"query":"create table t{{jobId}} (a int)","binlog":{"SchemaVersion":{{version}},"TableInfo":{"id":{{jobId + 1000}},"name":{"O":"t{{jobId}}","L":"t{{jobId}}"},"cols":[],"state":5},"FinishedTS":{{version}} } }""";

    public TiKvSchemaHistory OpenHistory(TemporaryDirectory directory) => new(Client, Tso, directory.Path, Time);

    public async ValueTask DisposeAsync()
    {
        _channels.Dispose();
        await Servers.DisposeAsync();
    }
}
