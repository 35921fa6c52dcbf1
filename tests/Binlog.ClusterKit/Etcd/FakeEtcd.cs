using Binlog.Cluster.Contracts.Etcd;
using Google.Protobuf;
using Grpc.Core;

namespace Binlog.ClusterKit.Etcd;

/// <summary>
/// A double of etcd with one key a range, for what a real one does only by chance: an answer that is lost, a write that is carried out late, a leader that was
/// deposed unseen. Leases have names and no end. Thread-safe.
/// </summary>
internal sealed class FakeEtcd : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ByteString, KeyValue> _keys = [];
    private GrpcHost? _host;
    private long _revision = 1;
    private long _leases;

    private FakeEtcd()
    {
    }

    /// <summary><c>127.0.0.1:port</c>.</summary>
    public string Address => _host!.Address;

    /// <summary>Runs before a transaction that writes is carried out.</summary>
    public Func<TxnRequest, Task>? Before { get; set; }

    /// <summary>Runs after a transaction that writes was carried out; may throw instead of the answer.</summary>
    public Action<TxnRequest>? After { get; set; }

    /// <summary>Term in the answers of the store.</summary>
    public ulong Term { get; set; } = 5;

    /// <summary>Term in the answers to those who keep a lease alive, one after the other; the last one stays.</summary>
    public Queue<ulong> LeaseTerms { get; } = new([5]);

    /// <summary>How often a lease was kept alive.</summary>
    public int KeptAlive { get; private set; }

    public static async Task<FakeEtcd> StartAsync()
    {
        var fake = new FakeEtcd();
        fake._host = await GrpcHost.StartAsync([KV.BindService(new Store(fake)), Lease.BindService(new Leases(fake))]);
        return fake;
    }

    /// <summary>The error of a call whose answer is lost.</summary>
    public static RpcException Lost() => new(new Status(StatusCode.Unavailable, "the connection was lost"));

    /// <summary>Value of a key; null when there is none.</summary>
    public string? Get(string key)
    {
        lock (_lock)
        {
            return _keys.GetValueOrDefault(ByteString.CopyFromUtf8(key))?.Value.ToStringUtf8();
        }
    }

    /// <summary>Another program's write.</summary>
    public void Put(string key, string value)
    {
        lock (_lock)
        {
            Put(new PutRequest { Key = ByteString.CopyFromUtf8(key), Value = ByteString.CopyFromUtf8(value) }, ++_revision);
        }
    }

    public async ValueTask DisposeAsync() => await _host!.DisposeAsync();

    private TxnResponse Execute(TxnRequest request)
    {
        lock (_lock)
        {
            bool holds = request.Compare.All(Holds);
            IList<RequestOp> operations = holds ? request.Success : request.Failure;
            _revision += operations.Any(operation => operation.RequestRange is null) ? 1 : 0;
            var response = new TxnResponse { Succeeded = holds };
            response.Responses.Add(operations.Select(Execute));
            response.Header = Header();
            return response;
        }
    }

    private ResponseOp Execute(RequestOp operation)
    {
        if (operation.RequestPut is { } put)
        {
            Put(put, _revision);
            return new ResponseOp { ResponsePut = new PutResponse() };
        }

        if (operation.RequestDeleteRange is { } delete)
        {
            return new ResponseOp { ResponseDeleteRange = new DeleteRangeResponse { Deleted = _keys.Remove(delete.Key) ? 1 : 0 } };
        }

        return new ResponseOp { ResponseRange = Read(operation.RequestRange) };
    }

    private RangeResponse Read(RangeRequest request)
    {
        var response = new RangeResponse();
        response.Kvs.Add(_keys.Values
            .Where(kv => request.RangeEnd.IsEmpty ? kv.Key == request.Key : kv.Key.Span.SequenceCompareTo(request.Key.Span) >= 0 && kv.Key.Span.SequenceCompareTo(request.RangeEnd.Span) < 0)
            .OrderBy(kv => kv.Key.ToStringUtf8(), StringComparer.Ordinal));
        response.Count = response.Kvs.Count;
        return response;
    }

    private void Put(PutRequest put, long revision)
    {
        KeyValue? present = _keys.GetValueOrDefault(put.Key);
        _keys[put.Key] = new KeyValue
        {
            Key = put.Key,
            Value = put.Value,
            Lease = put.Lease,
            ModRevision = revision,
            CreateRevision = present?.CreateRevision ?? revision,
            Version = (present?.Version ?? 0) + 1,
        };
    }

    private bool Holds(Compare compare)
    {
        KeyValue? kv = _keys.GetValueOrDefault(compare.Key);
        (long found, long expected) = compare.Target switch
        {
            Compare.Types.CompareTarget.Mod => (kv?.ModRevision ?? 0, compare.ModRevision),
            Compare.Types.CompareTarget.Create => (kv?.CreateRevision ?? 0, compare.CreateRevision),
            Compare.Types.CompareTarget.Lease => (kv?.Lease ?? 0, compare.Lease),
            _ => throw new RpcException(new Status(StatusCode.Unimplemented, $"no comparison of {compare.Target}")),
        };
        return compare.Result == Compare.Types.CompareResult.Equal ? found == expected : throw new RpcException(new Status(StatusCode.Unimplemented, $"no comparison {compare.Result}"));
    }

    private ResponseHeader Header() => new() { Revision = _revision, RaftTerm = Term };

    private sealed class Store(FakeEtcd fake) : KV.KVBase
    {
        public override Task<RangeResponse> Range(RangeRequest request, ServerCallContext context)
        {
            lock (fake._lock)
            {
                RangeResponse response = fake.Read(request);
                response.Header = fake.Header();
                return Task.FromResult(response);
            }
        }

        public override async Task<TxnResponse> Txn(TxnRequest request, ServerCallContext context)
        {
            bool writes = request.Success.Any(operation => operation.RequestRange is null);
            if (writes && fake.Before is { } before)
            {
                await before(request);
            }

            TxnResponse response = fake.Execute(request);
            if (writes)
            {
                fake.After?.Invoke(request);
            }

            return response;
        }
    }

    private sealed class Leases(FakeEtcd fake) : Lease.LeaseBase
    {
        public override Task<LeaseGrantResponse> LeaseGrant(LeaseGrantRequest request, ServerCallContext context) =>
            Task.FromResult(new LeaseGrantResponse { Header = new ResponseHeader { RaftTerm = fake.Term }, ID = Interlocked.Increment(ref fake._leases), TTL = request.TTL });

        public override Task<LeaseRevokeResponse> LeaseRevoke(LeaseRevokeRequest request, ServerCallContext context) => Task.FromResult(new LeaseRevokeResponse());

        public override async Task LeaseKeepAlive(IAsyncStreamReader<LeaseKeepAliveRequest> requestStream, IServerStreamWriter<LeaseKeepAliveResponse> responseStream, ServerCallContext context)
        {
            while (await requestStream.MoveNext(context.CancellationToken))
            {
                fake.KeptAlive++;
                ulong term = fake.LeaseTerms.Count > 1 ? fake.LeaseTerms.Dequeue() : fake.LeaseTerms.Peek();
                await responseStream.WriteAsync(new LeaseKeepAliveResponse { Header = new ResponseHeader { RaftTerm = term }, ID = requestStream.Current.ID, TTL = 10 });
            }
        }
    }
}
