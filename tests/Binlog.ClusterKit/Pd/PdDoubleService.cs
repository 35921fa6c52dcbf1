using Binlog.Cluster.Contracts.Meta;
using Binlog.Cluster.Contracts.Pd;
using Binlog.Cluster.Pd;
using Google.Protobuf;
using Grpc.Core;

namespace Binlog.ClusterKit.Pd;

/// <summary>The service of one member. Source of what is checked in which order, and of the texts: tikv/pd, server/grpc_service.go.</summary>
/// <param name="member">The member.</param>
internal sealed class PdDoubleService(PdDoubleMember member) : PD.PDBase
{
    private ResponseHeader Header => new() { ClusterId = member.ClusterId };

    private ResponseHeader NotBootstrapped => new() { ClusterId = member.ClusterId, Error = new Error { Type = ErrorType.NotBootstrapped, Message = "cluster is not bootstrapped" } };

    private bool IsBootstrapped => member.Cluster.Regions.Stores.Count > 0;

    public override async Task<GetMembersResponse> GetMembers(GetMembersRequest request, ServerCallContext context)
    {
        Count(nameof(GetMembers));
        await Task.Delay(member.Latency, context.CancellationToken);
        await member.MembersHold.PassAsync(context.CancellationToken);
        PdDoubleMember? leader = member.BelievedLeader is { } index ? member.Cluster.Members[index] : member.Cluster.Leader;
        return new GetMembersResponse
        {
            Header = Header,
            Members = { member.Cluster.Members.Select(one => one.ToMember()) },
            Leader = leader?.ToMember(),
            EtcdLeader = member.Cluster.Members[0].ToMember(),
        };
    }

    public override async Task Tso(IAsyncStreamReader<TsoRequest> requestStream, IServerStreamWriter<TsoResponse> responseStream, ServerCallContext context)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        member.Streams[ending] = true;
        try
        {
            while (await requestStream.MoveNext(ending.Token))
            {
                Count(nameof(Tso));
                await Task.Delay(member.Latency, ending.Token);
                await member.Hold.PassAsync(ending.Token);
                TsoResponse answer = Answer(requestStream.Current);
                if ((member.Tamper is { } tamper ? tamper(answer) : answer) is not { } sent)
                {
                    throw new RpcException(new Status(StatusCode.Unavailable, "transport is closing"));
                }

                await responseStream.WriteAsync(sent);
            }
        }
        catch (OperationCanceledException) when (!context.CancellationToken.IsCancellationRequested)
        {
            throw NotTsoLeader();
        }
        finally
        {
            member.Streams.TryRemove(ending, out _);
        }
    }

    public override async Task<GetStoreResponse> GetStore(GetStoreRequest request, ServerCallContext context)
    {
        await AdmitAsync(nameof(GetStore), request.Header, context);
        if (!IsBootstrapped)
        {
            return new GetStoreResponse { Header = NotBootstrapped };
        }

        if (member.Cluster.Regions.FindStore(request.StoreId) is { } store)
        {
            return new GetStoreResponse { Header = Header, Store = store };
        }

        string text = $"invalid store ID {request.StoreId}, not found";
        return member.Cluster.IsOldVersion
            ? throw new RpcException(new Status(StatusCode.Unknown, text))
            : new GetStoreResponse { Header = new ResponseHeader { ClusterId = member.ClusterId, Error = new Error { Type = ErrorType.Unknown, Message = text } } };
    }

    public override async Task<GetAllStoresResponse> GetAllStores(GetAllStoresRequest request, ServerCallContext context)
    {
        await AdmitAsync(nameof(GetAllStores), request.Header, context);
        return IsBootstrapped
            ? new GetAllStoresResponse { Header = Header, Stores = { member.Cluster.Regions.Stores.Where(store => !request.ExcludeTombstoneStores || store.State != StoreState.Tombstone) } }
            : new GetAllStoresResponse { Header = NotBootstrapped };
    }

    public override async Task<GetRegionResponse> GetRegion(GetRegionRequest request, ServerCallContext context)
    {
        await AdmitAsync(nameof(GetRegion), request.Header, context);
        return IsBootstrapped ? ToResponse(member.Cluster.Regions.FindRegion(request.RegionKey.Span)) : new GetRegionResponse { Header = NotBootstrapped };
    }

    public override async Task<GetRegionResponse> GetRegionByID(GetRegionByIDRequest request, ServerCallContext context)
    {
        await AdmitAsync(nameof(GetRegionByID), request.Header, context);
        return IsBootstrapped ? ToResponse(member.Cluster.Regions.FindRegionById(request.RegionId)) : new GetRegionResponse { Header = NotBootstrapped };
    }

    public override async Task<GetGCSafePointResponse> GetGCSafePoint(GetGCSafePointRequest request, ServerCallContext context)
    {
        await AdmitAsync(nameof(GetGCSafePoint), request.Header, context);
        return IsBootstrapped
            ? new GetGCSafePointResponse { Header = Header, SafePoint = member.Cluster.SafePoints.Collected }
            : new GetGCSafePointResponse { Header = NotBootstrapped };
    }

    public override async Task<UpdateServiceGCSafePointResponse> UpdateServiceGCSafePoint(UpdateServiceGCSafePointRequest request, ServerCallContext context)
    {
        await AdmitAsync(nameof(UpdateServiceGCSafePoint), request.Header, context);
        if (!IsBootstrapped)
        {
            return new UpdateServiceGCSafePointResponse { Header = NotBootstrapped };
        }

        try
        {
            (string serviceId, ulong safePoint, long seconds) = member.Cluster.SafePoints.Update(request.ServiceId.ToStringUtf8(), request.TTL, request.SafePoint);
            return new UpdateServiceGCSafePointResponse { Header = Header, ServiceId = ByteString.CopyFromUtf8(serviceId), TTL = seconds, MinSafePoint = safePoint };
        }
        catch (InvalidOperationException exception)
        {
            throw new RpcException(new Status(StatusCode.Unknown, exception.Message));
        }
    }

    private static RpcException NotTsoLeader() =>
        new(new Status(StatusCode.Unknown, "[PD:tso:ErrGenerateTimestamp]generate timestamp failed, requested pd is not leader of cluster"));

    private TsoResponse Answer(TsoRequest request)
    {
        CheckCluster(request.Header);
        if (member.Cluster.Leader != member)
        {
            throw NotTsoLeader();
        }

        return request.Count switch
        {
            0 => throw new RpcException(new Status(StatusCode.Unknown, "[PD:tso:ErrGenerateTimestamp]generate timestamp failed, tso count should be positive")),
            >= 1 << 18 => throw new RpcException(new Status(StatusCode.Unknown, "[PD:tso:ErrGenerateTimestamp]generate timestamp failed, maximum number of retries exceeded")),
            uint count => new TsoResponse { Header = Header, Count = count, Timestamp = member.Cluster.Oracle.Next(count) },
        };
    }

    private async Task AdmitAsync(string method, RequestHeader? header, ServerCallContext context)
    {
        Count(method);
        await Task.Delay(member.Latency, context.CancellationToken);
        await member.Hold.PassAsync(context.CancellationToken);
        if (member.Cluster.Leader != member)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "not leader"));
        }

        CheckCluster(header);
    }

    private void CheckCluster(RequestHeader? header)
    {
        ulong got = header?.ClusterId ?? 0;
        if (got != member.ClusterId)
        {
            throw new RpcException(new Status(StatusCode.FailedPrecondition, $"mismatch cluster id, need {member.ClusterId} but got {got}"));
        }
    }

    private GetRegionResponse ToResponse(RegionLocation? region) => new() { Header = Header, Region = region?.Region, Leader = region?.Leader };

    private void Count(string method) => member.Calls.AddOrUpdate(method, 1, static (_, count) => count + 1);
}
