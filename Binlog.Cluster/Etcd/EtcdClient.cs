using Binlog.Cluster.Contracts.Etcd;
using Google.Protobuf;
using Grpc.Core;

namespace Binlog.Cluster.Etcd;

/// <summary>
/// A client of etcd (v3 API), or of the etcd in PD. Asks one member until it fails, then the next one. Nothing is connected before the first call. Thread-safe.
/// </summary>
/// <remarks>
/// Reads are repeated at other members until the time of a call is over. A write is repeated only while it surely has not been done: when no connection
/// came about, or the member had no leader. When it was sent and no answer came, <see cref="EtcdOutcomeUnknownException"/> says so.
/// </remarks>
public sealed class EtcdClient : IAsyncDisposable
{
    /// <summary>Keys of one answer when many are read.</summary>
    private const int PageSize = 1000;

    /// <summary>How often a list is begun anew because etcd compacted what it was read at.</summary>
    private const int MostListings = 3;

    private readonly EtcdCaller _caller;
    private readonly EtcdClientOptions _options;

    /// <summary>Prepares a client.</summary>
    /// <exception cref="ClusterException">There is no address, or one can't be read.</exception>
    public EtcdClient(EtcdClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _caller = new EtcdCaller(options);
    }

    /// <inheritdoc />
    public override string ToString() => _options.ToString();

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        _caller.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Reads keys, as of the moment of the call or later.</summary>
    internal Task<RangeResponse> RangeAsync(RangeRequest request, CancellationToken cancellationToken) => _caller.CallAsync(
        $"Range of {new EtcdRange(request.Key, request.RangeEnd)}",
        (channel, options) => AnswerAsync(new KV.KVClient(channel).RangeAsync(request, options)),
        isRepeatable: true,
        cancellationToken);

    /// <summary>Reads all keys of some ranges, as they were at one moment, in pages.</summary>
    internal async Task<EtcdListing> ListAsync(IReadOnlyList<EtcdRange> ranges, CancellationToken cancellationToken, int pageSize = PageSize)
    {
        for (int begun = 1; ; begun++)
        {
            try
            {
                return await ListOnceAsync(ranges, pageSize, cancellationToken).ConfigureAwait(false);
            }
            catch (EtcdCompactedException) when (begun < MostListings)
            {
                // Compacted between two pages: the present state is as good.
            }
        }
    }

    /// <summary>Carries out a transaction.</summary>
    /// <exception cref="EtcdOutcomeUnknownException">It writes, and no answer came.</exception>
    internal Task<TxnResponse> TxnAsync(TxnRequest request, CancellationToken cancellationToken)
    {
        bool writes = request.Success.Concat(request.Failure).FirstOrDefault(operation => operation.RequestCase != RequestOp.RequestOneofCase.RequestRange) is not null;
        return _caller.CallAsync(
            $"Txn on {KeyOf(request)}",
            (channel, options) => AnswerAsync(new KV.KVClient(channel).TxnAsync(request, options)),
            isRepeatable: !writes,
            cancellationToken);
    }

    /// <summary>Writes a key, whatever it was.</summary>
    /// <returns>The store's revision of the write.</returns>
    /// <exception cref="EtcdOutcomeUnknownException">No answer came.</exception>
    internal async Task<long> PutAsync(ByteString key, ByteString value, long lease, CancellationToken cancellationToken)
    {
        var request = new PutRequest { Key = key, Value = value, Lease = lease };
        PutResponse response = await _caller.CallAsync(
            $"Put of {key.ToStringUtf8()}",
            (channel, options) => AnswerAsync(new KV.KVClient(channel).PutAsync(request, options)),
            isRepeatable: false,
            cancellationToken).ConfigureAwait(false);
        return response.Header.Revision;
    }

    /// <summary>Removes keys.</summary>
    /// <returns>How many there were.</returns>
    /// <exception cref="EtcdOutcomeUnknownException">No answer came.</exception>
    internal async Task<long> DeleteAsync(EtcdRange range, CancellationToken cancellationToken)
    {
        var request = new DeleteRangeRequest { Key = range.Start, RangeEnd = range.End };
        DeleteRangeResponse response = await _caller.CallAsync(
            $"DeleteRange of {range}",
            (channel, options) => AnswerAsync(new KV.KVClient(channel).DeleteRangeAsync(request, options)),
            isRepeatable: false,
            cancellationToken).ConfigureAwait(false);
        return response.Deleted;
    }

    /// <summary>Begins a lease. One that was begun without an answer ends by itself, and nothing is bound to it.</summary>
    /// <param name="timeToLive">How long it lasts unless it is kept alive; whole seconds. etcd may make it longer.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    internal async Task<EtcdLease> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancellationToken)
    {
        var request = new LeaseGrantRequest { TTL = (long)Math.Ceiling(timeToLive.TotalSeconds) };
        LeaseGrantResponse response = await _caller.CallAsync(
            "LeaseGrant",
            (channel, options) => AnswerAsync(new Lease.LeaseClient(channel).LeaseGrantAsync(request, options)),
            isRepeatable: true,
            cancellationToken).ConfigureAwait(false);
        return response.Error.Length == 0
            ? new EtcdLease(response.ID, TimeSpan.FromSeconds(response.TTL), response.Header?.RaftTerm ?? 0)
            : throw new ClusterException($"{this} refuses a lease of {request.TTL} s: {response.Error}.");
    }

    /// <summary>Lets a lease last for its whole time again, counted from some moment of this call.</summary>
    /// <returns>The lease; its time is zero when it has ended.</returns>
    internal Task<EtcdLease> KeepAliveAsync(long id, CancellationToken cancellationToken) => _caller.CallAsync(
        "LeaseKeepAlive",
        async (channel, options) =>
        {
            using AsyncDuplexStreamingCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> call = new Lease.LeaseClient(channel).LeaseKeepAlive(options);
            await call.RequestStream.WriteAsync(new LeaseKeepAliveRequest { ID = id }).ConfigureAwait(false);
            if (!await call.ResponseStream.MoveNext(options.CancellationToken).ConfigureAwait(false))
            {
                throw new RpcException(new Status(StatusCode.Unavailable, "the stream of answers ended without one"));
            }

            LeaseKeepAliveResponse response = call.ResponseStream.Current;
            return new EtcdLease(id, TimeSpan.FromSeconds(Math.Max(0, response.TTL)), response.Header?.RaftTerm ?? 0);
        },
        isRepeatable: true,
        cancellationToken);

    /// <summary>Ends a lease; its keys go. One that has ended already is no error.</summary>
    internal async Task RevokeLeaseAsync(long id, CancellationToken cancellationToken)
    {
        var request = new LeaseRevokeRequest { ID = id };
        try
        {
            await _caller.CallAsync(
                "LeaseRevoke",
                (channel, options) => AnswerAsync(new Lease.LeaseClient(channel).LeaseRevokeAsync(request, options)),
                isRepeatable: true,
                cancellationToken).ConfigureAwait(false);
        }
        catch (EtcdLeaseNotFoundException)
        {
            // That was the aim.
        }
    }

    /// <summary>Follows ranges of keys.</summary>
    /// <param name="ranges">What to follow.</param>
    /// <param name="known">The store's revision whose state the caller knows: what comes after it is told.</param>
    internal EtcdWatch Watch(IReadOnlyList<EtcdRange> ranges, long known) => new(_caller, ranges, known, _options.Time);

    private async Task<EtcdListing> ListOnceAsync(IReadOnlyList<EtcdRange> ranges, int pageSize, CancellationToken cancellationToken)
    {
        var first = new TxnRequest();
        first.Success.Add(ranges.Select(range => EtcdOperations.Get(range, pageSize)));
        TxnResponse response = await TxnAsync(first, cancellationToken).ConfigureAwait(false);
        if (response.Responses.Count != ranges.Count)
        {
            throw new ClusterException($"{this} answered a transaction of {ranges.Count} reads with {response.Responses.Count} answers.");
        }

        var lists = new IReadOnlyList<KeyValue>[ranges.Count];
        for (int i = 0; i < lists.Length; i++)
        {
            lists[i] = await CompleteAsync(ranges[i], response.Responses[i].ResponseRange, response.Header.Revision, pageSize, cancellationToken).ConfigureAwait(false);
        }

        return new EtcdListing(response.Header.Revision, lists);
    }

    private async Task<IReadOnlyList<KeyValue>> CompleteAsync(EtcdRange range, RangeResponse page, long revision, int pageSize, CancellationToken cancellationToken)
    {
        var keys = new List<KeyValue>(page.Kvs);
        while (page.More && page.Kvs.Count > 0)
        {
            page = await RangeAsync(EtcdOperations.RangeRequestOf(range.After(keys[^1].Key), pageSize, revision), cancellationToken).ConfigureAwait(false);
            keys.AddRange(page.Kvs);
        }

        return keys;
    }

    private static string KeyOf(TxnRequest request) =>
        request.Compare.Select(compare => compare.Key)
            .Concat(request.Success.Select(operation => operation.RequestRange?.Key ?? operation.RequestPut?.Key ?? operation.RequestDeleteRange?.Key ?? ByteString.Empty))
            .FirstOrDefault(ByteString.Empty).ToStringUtf8();

    private static async Task<T> AnswerAsync<T>(AsyncUnaryCall<T> call)
    {
        using (call)
        {
            return await call.ResponseAsync.ConfigureAwait(false);
        }
    }
}
