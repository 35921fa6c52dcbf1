using System.Runtime.CompilerServices;

namespace Binlog.Cluster.TiKv;

/// <summary>The cluster's data as of a timestamp. It lasts until the cluster's garbage collection passes the timestamp. Thread-safe.</summary>
/// <param name="client">Reads.</param>
/// <param name="timestamp">The TSO as of which is read.</param>
internal sealed class TiKvSnapshot(TiKvClient client, ulong timestamp)
{
    private const int FirstPage = 64;
    private const int LargestPage = 256;
    private const int LargestPageOfKeys = 1024;

    // What a page is to have, in bytes; a page is never smaller than a few keys.
    private const int PageBytes = 2 << 20;

    /// <summary>The TSO as of which is read.</summary>
    public ulong Timestamp => timestamp;

    /// <inheritdoc cref="TiKvClient.GetAsync"/>
    public ValueTask<ReadOnlyMemory<byte>?> GetAsync(ReadOnlyMemory<byte> key, CancellationToken cancellationToken) => client.GetAsync(key, timestamp, cancellationToken);

    /// <summary>
    /// Reads [<paramref name="start"/>, <paramref name="end"/>) in the order of keys, region by region. The next page is fetched while one is worked on;
    /// at most two are in memory.
    /// </summary>
    /// <exception cref="ClusterException">A page can't be had within <see cref="TiKvClient.Limit"/>.</exception>
    /// <param name="start">First key.</param>
    /// <param name="end">First key that isn't wanted any more.</param>
    /// <param name="keysOnly">Whether to leave values out.</param>
    /// <param name="cancellationToken">Ends the scan.</param>
    public async IAsyncEnumerable<KeyValue> ScanAsync(ReadOnlyMemory<byte> start, ReadOnlyMemory<byte> end, bool keysOnly, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<(IReadOnlyList<KeyValue> Pairs, ReadOnlyMemory<byte>? Next)>? fetching = FetchAsync(start, FirstPage);
        try
        {
            while (fetching is not null)
            {
                (IReadOnlyList<KeyValue> pairs, ReadOnlyMemory<byte>? next) = await fetching.ConfigureAwait(false);
                fetching = next is { } key ? FetchAsync(key, keysOnly ? LargestPageOfKeys : NextLimit(pairs)) : null;
                foreach (KeyValue pair in pairs)
                {
                    yield return pair;
                }
            }
        }
        finally
        {
            if (fetching is { IsCompleted: false })
            {
                await stop.CancelAsync().ConfigureAwait(false);
                await ((Task)fetching).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        Task<(IReadOnlyList<KeyValue>, ReadOnlyMemory<byte>?)> FetchAsync(ReadOnlyMemory<byte> from, int limit) =>
            client.ScanPageAsync(from, end, timestamp, limit, keysOnly, stop.Token).AsTask();
    }

    /// <summary>Reads all keys that begin with a prefix.</summary>
    /// <exception cref="ClusterException">As <see cref="ScanAsync"/>.</exception>
    public IAsyncEnumerable<KeyValue> ScanPrefixAsync(byte[] prefix, CancellationToken cancellationToken) => ScanAsync(prefix, EndOf(prefix), keysOnly: false, cancellationToken);

    /// <summary>Reads all keys that begin with a prefix, without their values.</summary>
    /// <exception cref="ClusterException">As <see cref="ScanAsync"/>.</exception>
    public IAsyncEnumerable<KeyValue> ScanKeysAsync(byte[] prefix, CancellationToken cancellationToken) => ScanAsync(prefix, EndOf(prefix), keysOnly: true, cancellationToken);

    /// <summary>The first key after all that begin with a prefix.</summary>
    /// <param name="prefix">Has a byte other than 0xff.</param>
    public static byte[] EndOf(ReadOnlySpan<byte> prefix)
    {
        int last = prefix.LastIndexOfAnyExcept((byte)0xff);
        byte[] end = prefix[..(last + 1)].ToArray();
        end[last]++;
        return end;
    }

    private static int NextLimit(IReadOnlyList<KeyValue> pairs)
    {
        if (pairs.Count == 0)
        {
            return FirstPage;
        }

        long bytes = pairs.Sum(pair => (long)pair.Value.Length);
        return (int)Math.Clamp(PageBytes * (long)pairs.Count / Math.Max(bytes, 1), 4, LargestPage);
    }
}
