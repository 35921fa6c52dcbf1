using System.Buffers;
using System.Collections.Concurrent;
using Binlog.Cluster.Contracts.Meta;
using Binlog.Cluster.Contracts.TiKv;
using Binlog.ClusterKit.Regions;
using Binlog.TiDB.Codec;
using Grpc.Core;

namespace Binlog.ClusterKit.TiKv;

/// <summary>
/// Stores that speak TiKV's protocol over data in memory. They check requests as TiKV does, against a <see cref="RegionTable"/>, and answer
/// with its semantics. All stores have the same data. Thread-safe.
/// </summary>
internal sealed class TiKvDouble(RegionTable regions) : IAsyncDisposable
{
    private readonly ConcurrentQueue<(string? Method, Error Error)> _refusals = new();
    private readonly ConcurrentDictionary<ulong, GrpcHost> _hosts = new();
    private readonly ConcurrentDictionary<string, int> _calls = new();

    /// <summary>Keys, versions and locks.</summary>
    public StoredData Data { get; } = new();

    /// <summary>Regions and stores as they are; PD may know less.</summary>
    public RegionTable Regions => regions;

    /// <summary>What every call waits for before it is answered: a slow store.</summary>
    public Func<string, CancellationToken, Task> BeforeAnswer { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>Starts a store and adds it to the regions.</summary>
    /// <returns>Its ID.</returns>
    public async Task<ulong> AddStoreAsync()
    {
        var store = new TiKvStore(this);
        GrpcHost host = await GrpcHost.StartAsync([Tikv.BindService(store)]);
        store.Id = regions.AddStore(host.Address);
        _hosts[store.Id] = host;
        return store.Id;
    }

    /// <summary>Kills a store: calls under way are cut off, and nobody listens.</summary>
    public Task KillAsync(ulong storeId) => _hosts[storeId].StopAsync();

    /// <summary>Starts a killed store again, at its address.</summary>
    public Task RestartAsync(ulong storeId) => _hosts[storeId].StartAsync();

    /// <summary>Has the next calls refused, in this order.</summary>
    /// <param name="error">The region error.</param>
    /// <param name="method">The method that it is for; null: whichever comes.</param>
    /// <param name="times">How often.</param>
    public void Refuse(Error error, string? method = null, int times = 1)
    {
        for (int time = 0; time < times; time++)
        {
            _refusals.Enqueue((method, error));
        }
    }

    /// <summary>How many times a method was called.</summary>
    public int CallsOf(string method) => _calls.GetValueOrDefault(method);

    /// <summary>Splits a region before a raw key.</summary>
    /// <returns>ID of the region that now ends there.</returns>
    public ulong Split(byte[] rawKey) => regions.Split(Comparable(rawKey)).Region.Id;

    /// <summary>ID of the region that a raw key lies in.</summary>
    public ulong RegionOf(byte[] rawKey) => regions.FindRegion(Comparable(rawKey))!.Region.Id;

    /// <summary>The first raw key of a region, and the first after it; null when it has no bound there.</summary>
    public (byte[] Start, byte[]? End) BoundsOf(ulong regionId)
    {
        Region region = regions.FindRegionById(regionId)!.Region;
        return (Raw(region.StartKey.Span) ?? [], Raw(region.EndKey.Span));
    }

    /// <summary>Why a store doesn't answer a call; null when it does.</summary>
    public async ValueTask<Error?> RefuseAsync(string method, ulong storeId, Context? context, IEnumerable<byte[]> keys, ServerCallContext call)
    {
        _calls.AddOrUpdate(method, 1, (_, count) => count + 1);
        await BeforeAnswer(method, call.CancellationToken);
        if (_refusals.TryPeek(out (string? Method, Error Error) next) && (next.Method ?? method) == method && _refusals.TryDequeue(out next))
        {
            return next.Error;
        }

        return RegionChecks.Check(regions, storeId, context, keys);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (GrpcHost host in _hosts.Values)
        {
            await host.DisposeAsync();
        }
    }

    private static byte[]? Raw(ReadOnlySpan<byte> bound)
    {
        if (bound.IsEmpty)
        {
            return null;
        }

        var writer = new ArrayBufferWriter<byte>();
        int position = 0;
        ComparableCodec.ReadBytes(bound, ref position, writer);
        return writer.WrittenSpan.ToArray();
    }

    private static byte[] Comparable(byte[] key)
    {
        var writer = new ArrayBufferWriter<byte>();
        ComparableCodec.WriteBytes(writer, key);
        return writer.WrittenSpan.ToArray();
    }
}
