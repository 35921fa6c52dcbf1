using Binlog.Cluster.Connecting;
using Binlog.Cluster.Contracts.TiKv;
using Binlog.Cluster.Pd;
using Binlog.Cluster.Timestamps;
using Google.Protobuf;

namespace Binlog.Cluster.TiKv;

/// <summary>
/// Reads a TiDB cluster's data in TiKV: values as of a timestamp, the versions and the lock of a key, and how a transaction ended. Keys are raw.
/// Regions that move and stores that fail are followed until a time limit. Thread-safe.
/// </summary>
internal sealed class TiKvClient
{
    private readonly RegionSender _sender;
    private readonly LockResolver _locks;
    private readonly ITsoSource _tso;
    private readonly TimeProvider _time;

    /// <summary>Prepares a client; nothing is connected before it is used.</summary>
    /// <param name="regions">Where regions and stores are: PD.</param>
    /// <param name="tso">The cluster's timestamps.</param>
    /// <param name="channels">Channels to the stores.</param>
    /// <param name="time">Clock for time limits and waits.</param>
    public TiKvClient(IRegionSource regions, ITsoSource tso, ServerChannels channels, TimeProvider time)
        : this(new RegionSender(new RegionCache(regions), channels, time), tso, time)
    {
    }

    private TiKvClient(RegionSender sender, ITsoSource tso, TimeProvider time)
    {
        _sender = sender;
        _locks = new LockResolver(sender, tso);
        _tso = tso;
        _time = time;
    }

    /// <summary>How long one operation may take, or one page of a scan, with all its attempts. Default 40 s: an election takes up to 20.</summary>
    public TimeSpan Limit { get; private init; } = TimeSpan.FromSeconds(40);

    /// <summary>A client that knows and learns the same and has another <see cref="Limit"/>.</summary>
    public TiKvClient WithLimit(TimeSpan limit) => new(_sender, _tso, _time) { Limit = limit };

    /// <summary>The cluster's data as of now: everything that was committed before this call is in it.</summary>
    /// <exception cref="ClusterException">There is no timestamp to be had.</exception>
    public async ValueTask<TiKvSnapshot> TakeSnapshotAsync(CancellationToken cancellationToken) =>
        new(this, await _tso.NextAsync(1, cancellationToken).ConfigureAwait(false));

    /// <summary>Reads a key as of a timestamp.</summary>
    /// <returns>Its value; null when it has none then.</returns>
    /// <exception cref="ClusterException">TiKV or PD can't be asked within <see cref="Limit"/>, or the key stays locked so long.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> GetAsync(ReadOnlyMemory<byte> key, ulong version, CancellationToken cancellationToken)
    {
        Attempts attempts = Begin($"reading key {Text(key)} as of {version}");
        var request = new GetRequest { Key = UnsafeByteOperations.UnsafeWrap(key), Version = version };
        var context = new Context();
        while (true)
        {
            (GetResponse response, _) = await _sender.SendAsync(RegionCalls.Get, key, request, context, attempts, cancellationToken).ConfigureAwait(false);
            if (response.Error is null)
            {
                // Stores before 3.0 don't set NotFound; no value of a transaction is empty.
                return response.NotFound || response.Value.IsEmpty ? default(ReadOnlyMemory<byte>?) : response.Value.Memory;
            }

            await _locks.PassAsync(response.Error, version, context, attempts, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads the first keys of a range, as far as one region has them.</summary>
    /// <param name="start">First key.</param>
    /// <param name="end">First key that isn't wanted any more.</param>
    /// <param name="version">The timestamp.</param>
    /// <param name="limit">How many keys to read at most.</param>
    /// <param name="keysOnly">Whether to leave values out.</param>
    /// <param name="cancellationToken">Ends the attempts.</param>
    /// <returns>What was read, in order, and the key to go on from; null when the range is at its end.</returns>
    /// <exception cref="ClusterException">As <see cref="GetAsync"/>.</exception>
    public async ValueTask<(IReadOnlyList<KeyValue> Pairs, ReadOnlyMemory<byte>? Next)> ScanPageAsync(
        ReadOnlyMemory<byte> start, ReadOnlyMemory<byte> end, ulong version, int limit, bool keysOnly, CancellationToken cancellationToken)
    {
        Attempts attempts = Begin($"scanning from key {Text(start)} as of {version}");
        var request = new ScanRequest { StartKey = UnsafeByteOperations.UnsafeWrap(start), EndKey = UnsafeByteOperations.UnsafeWrap(end), Version = version, Limit = (uint)limit, KeyOnly = keysOnly };
        var context = new Context { NotFillCache = true };
        while (true)
        {
            (ScanResponse response, CachedRegion region) = await _sender.SendAsync(RegionCalls.Scan, start, request, context, attempts, cancellationToken).ConfigureAwait(false);
            if (response.Error is null && response.Pairs.FirstOrDefault() is not { Error: not null })
            {
                return PageOf(response, region, end, limit);
            }

            KeyError error = response.Error ?? response.Pairs[0].Error;
            await _locks.PassAsync(error, version, context, attempts, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads all versions of a key that TiKV still has, and its lock.</summary>
    /// <exception cref="ClusterException">TiKV or PD can't be asked within <see cref="Limit"/>.</exception>
    public async ValueTask<MvccInfo> MvccGetByKeyAsync(ReadOnlyMemory<byte> key, CancellationToken cancellationToken)
    {
        Attempts attempts = Begin($"reading the versions of key {Text(key)}");
        var request = new MvccGetByKeyRequest { Key = UnsafeByteOperations.UnsafeWrap(key) };
        (MvccGetByKeyResponse response, CachedRegion region) = await _sender.SendAsync(RegionCalls.MvccGetByKey, key, request, new Context(), attempts, cancellationToken).ConfigureAwait(false);
        return response.Error.Length == 0 ? response.Info ?? new MvccInfo() : throw attempts.Refused($"MvccGetByKey to {region}: {response.Error}");
    }

    /// <summary>Asks how a transaction ended. A lock whose time is over is rolled back by this.</summary>
    /// <exception cref="ClusterException">TiKV or PD can't be asked within <see cref="Limit"/>.</exception>
    public ValueTask<TransactionStatus> CheckStatusAsync(TransactionCheck check, CancellationToken cancellationToken) =>
        _locks.CheckAsync(check, Begin($"asking for the transaction of start TS {check.StartTs} at key {Text(check.Primary)}"), cancellationToken);

    private static (IReadOnlyList<KeyValue> Pairs, ReadOnlyMemory<byte>? Next) PageOf(ScanResponse response, CachedRegion region, ReadOnlyMemory<byte> end, int limit)
    {
        var pairs = new List<KeyValue>(response.Pairs.Count);
        foreach (KvPair pair in response.Pairs)
        {
            if (pair.Error is not null)
            {
                // The next page begins behind what was read, and meets the lock first.
                return (pairs, After(pairs[^1].Key));
            }

            pairs.Add(new KeyValue(pair.Key.Memory, pair.Value.Memory));
        }

        if (pairs.Count >= limit)
        {
            return (pairs, After(pairs[^1].Key));
        }

        // Not an array that may be null: that would convert to an empty key, and the scan begin anew.
        ReadOnlyMemory<byte>? next = null;
        if (region.RawEnd() is { } regionEnd && regionEnd.AsSpan().SequenceCompareTo(end.Span) < 0)
        {
            next = regionEnd;
        }

        return (pairs, next);
    }

    private static byte[] After(ReadOnlyMemory<byte> key)
    {
        byte[] next = new byte[key.Length + 1];
        key.CopyTo(next);
        return next;
    }

    private static string Text(ReadOnlyMemory<byte> key) => key.Length <= 64 ? Convert.ToHexString(key.Span) : Convert.ToHexString(key.Span[..64]) + "…";

    private Attempts Begin(string what) => new(what, Limit, _time);
}
