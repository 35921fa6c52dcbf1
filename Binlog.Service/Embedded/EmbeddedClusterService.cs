using Binlog.Cluster;
using Binlog.Cluster.Contracts;
using Binlog.Cluster.Registry;
using Binlog.Cluster.Timestamps;
using Google.Protobuf;
using Grpc.Core;
using NodeRole = Binlog.Cluster.Registry.NodeRole;
using WireRole = Binlog.Cluster.Contracts.NodeRole;

namespace Binlog.Service.Embedded;

/// <summary>
/// Serves the embedded cluster's registry and TSO: from this host's own file on the first host, by asking the host it joined
/// on every other one.
/// </summary>
internal sealed class EmbeddedClusterService(INodeRegistry registry, ITsoSource tso, ulong clusterId) : EmbeddedCluster.EmbeddedClusterBase
{
    public override Task<PutNodeResponse> PutNode(PutNodeRequest request, ServerCallContext context) => AnswerAsync(request.ClusterId, async () =>
    {
        NodeStatus status = NodeStatus.Parse(request.StatusJson.Span);
        if (!request.ExpectedStatusJson.IsEmpty)
        {
            var expected = NodeStatus.Parse(request.ExpectedStatusJson.Span);
            return new PutNodeResponse { Changed = !await registry.TryReplaceAsync(FromWire(request.Role), expected, status, context.CancellationToken) };
        }

        await (request.Renewal
            ? registry.RenewAsync(FromWire(request.Role), status, context.CancellationToken)
            : registry.PutAsync(FromWire(request.Role), status, context.CancellationToken));
        return new PutNodeResponse();
    });

    public override Task<ListNodesResponse> ListNodes(ListNodesRequest request, ServerCallContext context) => AnswerAsync(request.ClusterId, async () =>
    {
        var response = new ListNodesResponse();
        foreach (NodeStatus node in await registry.ListAsync(FromWire(request.Role), context.CancellationToken))
        {
            response.StatusJson.Add(UnsafeByteOperations.UnsafeWrap(node.ToJson()));
        }

        return response;
    });

    public override Task<TsoResponse> NextTso(NextTsoRequest request, ServerCallContext context) => AnswerAsync(request.ClusterId, async () =>
    {
        if (request.Count is 0 or > 1 << 18)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"count is {request.Count}; expected 1 to 262144."));
        }

        return new TsoResponse { Tso = await tso.NextAsync((int)request.Count, context.CancellationToken) };
    });

    public override Task<TsoResponse> ObserveTso(ObserveTsoRequest request, ServerCallContext context) => AnswerAsync(request.ClusterId, async () =>
        new TsoResponse { Tso = await tso.ObserveAsync(request.Seen, context.CancellationToken) });

    private static NodeRole FromWire(WireRole role) => role == WireRole.Pump ? NodeRole.Pump : NodeRole.Drainer;

    private async Task<T> AnswerAsync<T>(ulong requestClusterId, Func<Task<T>> answer)
    {
        if (requestClusterId != clusterId)
        {
            throw new RpcException(new Status(StatusCode.FailedPrecondition, $"This host belongs to cluster {clusterId}, the caller to cluster {requestClusterId}. Check cluster.id and cluster.join."));
        }

        try
        {
            return await answer();
        }
        catch (NodeSetOfflineException exception)
        {
            throw new RpcException(new Status(StatusCode.Aborted, exception.Message));
        }
        catch (ClusterException exception)
        {
            throw new RpcException(new Status(exception.IsTransient ? StatusCode.Unavailable : StatusCode.FailedPrecondition, exception.Message));
        }
    }
}
