using Binlog.Cluster.Contracts.TiKv;

namespace Binlog.Cluster.TiKv;

/// <summary>The methods that are used.</summary>
internal static class RegionCalls
{
    public static readonly RegionCall<GetRequest, GetResponse> Get = new(
        "KvGet", static (client, request, options) => client.KvGetAsync(request, options), static (request, context) => request.Context = context, static response => response.RegionError);

    public static readonly RegionCall<ScanRequest, ScanResponse> Scan = new(
        "KvScan", static (client, request, options) => client.KvScanAsync(request, options), static (request, context) => request.Context = context, static response => response.RegionError);

    public static readonly RegionCall<CheckTxnStatusRequest, CheckTxnStatusResponse> CheckTxnStatus = new(
        "KvCheckTxnStatus", static (client, request, options) => client.KvCheckTxnStatusAsync(request, options), static (request, context) => request.Context = context, static response => response.RegionError);

    public static readonly RegionCall<ResolveLockRequest, ResolveLockResponse> ResolveLock = new(
        "KvResolveLock", static (client, request, options) => client.KvResolveLockAsync(request, options), static (request, context) => request.Context = context, static response => response.RegionError);

    public static readonly RegionCall<MvccGetByKeyRequest, MvccGetByKeyResponse> MvccGetByKey = new(
        "MvccGetByKey", static (client, request, options) => client.MvccGetByKeyAsync(request, options), static (request, context) => request.Context = context, static response => response.RegionError);
}
