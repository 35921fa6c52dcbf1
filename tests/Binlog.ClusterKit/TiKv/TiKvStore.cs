using System.Buffers;
using Binlog.Cluster.Contracts.TiKv;
using Binlog.TiDB.Codec;
using Google.Protobuf;
using Grpc.Core;

namespace Binlog.ClusterKit.TiKv;

/// <summary>One store of the double: checks a request against the regions and answers it from the shared data. Thread-safe.</summary>
internal sealed class TiKvStore(TiKvDouble cluster) : Tikv.TikvBase
{
    /// <summary>Its ID.</summary>
    public ulong Id { get; set; }

    /// <inheritdoc/>
    public override async Task<GetResponse> KvGet(GetRequest request, ServerCallContext context) =>
        await cluster.RefuseAsync(nameof(KvGet), Id, request.Context, [Comparable(request.Key)], context) is { } error
            ? new GetResponse { RegionError = error }
            : cluster.Data.Use(data => Get(data, request));

    /// <inheritdoc/>
    public override async Task<ScanResponse> KvScan(ScanRequest request, ServerCallContext context) =>
        await cluster.RefuseAsync(nameof(KvScan), Id, request.Context, [Comparable(request.StartKey)], context) is { } error
            ? new ScanResponse { RegionError = error }
            : cluster.Data.Use(data => Scan(data, request));

    /// <inheritdoc/>
    public override async Task<CheckTxnStatusResponse> KvCheckTxnStatus(CheckTxnStatusRequest request, ServerCallContext context) =>
        await cluster.RefuseAsync(nameof(KvCheckTxnStatus), Id, request.Context, [Comparable(request.PrimaryKey)], context) is { } error
            ? new CheckTxnStatusResponse { RegionError = error }
            : cluster.Data.Use(data => TransactionRules.Check(data, request));

    /// <inheritdoc/>
    public override async Task<ResolveLockResponse> KvResolveLock(ResolveLockRequest request, ServerCallContext context)
    {
        if (await cluster.RefuseAsync(nameof(KvResolveLock), Id, request.Context, request.Keys.Select(Comparable), context) is { } error)
        {
            return new ResolveLockResponse { RegionError = error };
        }

        cluster.Data.Use(data =>
        {
            IEnumerable<StoredKey> keys = request.Keys.Count > 0 ? request.Keys.Select(key => data.Ensure(key.ToByteArray())) : KeysOf(data, request.Context.RegionId);
            foreach (StoredKey key in keys)
            {
                TransactionRules.Resolve(key, request.StartVersion, request.CommitVersion);
            }
        });
        return new ResolveLockResponse();
    }

    /// <inheritdoc/>
    public override async Task<MvccGetByKeyResponse> MvccGetByKey(MvccGetByKeyRequest request, ServerCallContext context) =>
        await cluster.RefuseAsync(nameof(MvccGetByKey), Id, request.Context, [Comparable(request.Key)], context) is { } error
            ? new MvccGetByKeyResponse { RegionError = error }
            : new MvccGetByKeyResponse { Info = cluster.Data.Use(data => Versions(data.Find(request.Key.ToByteArray()))) };

    private static GetResponse Get(StoredData data, GetRequest request)
    {
        StoredKey? key = data.Find(request.Key.ToByteArray());
        return key?.FindObstacle(request.Version, request.Context.ResolvedLocks) is { } held ? new GetResponse { Error = Locked(key, held) }
            : key?.Read(request.Version) is { } value ? new GetResponse { Value = UnsafeByteOperations.UnsafeWrap(value) }
            : new GetResponse { NotFound = true };
    }

    private ScanResponse Scan(StoredData data, ScanRequest request)
    {
        var response = new ScanResponse();
        byte[]? regionEnd = cluster.BoundsOf(request.Context.RegionId).End;
        byte[]? end = request.EndKey.IsEmpty ? null : request.EndKey.ToByteArray();
        foreach (StoredKey key in data.From(request.StartKey.ToByteArray()))
        {
            if (response.Pairs.Count == request.Limit || IsBehind(key.Key, end) || IsBehind(key.Key, regionEnd))
            {
                break;
            }

            if (key.FindObstacle(request.Version, request.Context.ResolvedLocks) is { } held)
            {
                response.Pairs.Add(new KvPair { Error = Locked(key, held) });
            }
            else if (key.IsVisible(request.Version))
            {
                response.Pairs.Add(new KvPair { Key = UnsafeByteOperations.UnsafeWrap(key.Key), Value = request.KeyOnly ? ByteString.Empty : UnsafeByteOperations.UnsafeWrap(key.Read(request.Version)!.Value) });
            }
        }

        return response;
    }

    private static bool IsBehind(byte[] key, byte[]? end) => end is not null && ByteOrder.Instance.Compare(key, end) >= 0;

    private IEnumerable<StoredKey> KeysOf(StoredData data, ulong regionId)
    {
        (byte[] start, byte[]? end) = cluster.BoundsOf(regionId);
        return data.From(start).TakeWhile(key => !IsBehind(key.Key, end));
    }

    private static MvccInfo Versions(StoredKey? key)
    {
        var info = new MvccInfo();
        if (key?.Lock is { } held)
        {
            info.Lock = new MvccLock { Type = held.Type, StartTs = held.StartTs, Primary = ByteString.CopyFrom(held.Primary), Ttl = held.TtlMilliseconds, ForUpdateTs = held.ForUpdateTs, UseAsyncCommit = held.IsAsyncCommit };
        }

        foreach (StoredWrite write in key?.Writes ?? [])
        {
            info.Writes.Add(new MvccWrite { Type = write.Type, StartTs = write.StartTs, CommitTs = write.CommitTs, HasOverlappedRollback = write.HasOverlappedRollback });
            if (write.Value is { } value)
            {
                info.Values.Add(new MvccValue { StartTs = write.StartTs, Value = UnsafeByteOperations.UnsafeWrap(value()) });
            }
        }

        return info;
    }

    private static KeyError Locked(StoredKey key, StoredLock held) => new() { Locked = TransactionRules.Describe(key.Key, held) };

    private static byte[] Comparable(ByteString key)
    {
        var writer = new ArrayBufferWriter<byte>();
        ComparableCodec.WriteBytes(writer, key.Span);
        return writer.WrittenSpan.ToArray();
    }
}
