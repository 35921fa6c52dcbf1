using Binlog.Cluster.Contracts;
using Binlog.Cluster.Registry;
using Binlog.Cluster.Timestamps;
using Binlog.Grpc;
using Google.Protobuf;
using Grpc.Core;
using WireRole = Binlog.Cluster.Contracts.NodeRole;

namespace Binlog.Cluster.Embedded;

/// <summary>The registry and TSO of an embedded cluster, asked over the network from any of its hosts. Thread-safe.</summary>
public sealed class EmbeddedClusterClient : INodeRegistry, ITsoSource, IAsyncDisposable
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(5);

    private readonly GrpcChannel _channel;
    private readonly EmbeddedCluster.EmbeddedClusterClient _client;
    private readonly ulong _clusterId;
    private readonly string _address;
    private readonly TimeProvider _time;

    /// <summary>Prepares a client; nothing is connected before the first call.</summary>
    /// <param name="address"><c>host:port</c> of any host of the cluster.</param>
    /// <param name="clusterId">ID of the cluster; the host refuses another one.</param>
    /// <param name="time">Clock for deadlines.</param>
    /// <param name="tls">TLS files; null connects in cleartext.</param>
    public EmbeddedClusterClient(string address, ulong clusterId, TimeProvider time, GrpcTls? tls = null)
    {
        _address = address;
        _clusterId = clusterId;
        _time = time;
        _channel = GrpcChannel.ForPeer(address, new GrpcChannelOptions { TimeProvider = time, Tls = tls });
        _client = new EmbeddedCluster.EmbeddedClusterClient(_channel);
    }

    /// <inheritdoc />
    public Task PutAsync(Registry.NodeRole role, NodeStatus status, CancellationToken cancellationToken) =>
        CallAsync(_client.PutNodeAsync, RequestOf(role, status, isRenewal: false), cancellationToken);

    /// <inheritdoc />
    public Task RenewAsync(Registry.NodeRole role, NodeStatus status, CancellationToken cancellationToken) =>
        CallAsync(_client.PutNodeAsync, RequestOf(role, status, isRenewal: true), cancellationToken);

    /// <inheritdoc />
    public async Task<bool> TryReplaceAsync(Registry.NodeRole role, NodeStatus expected, NodeStatus status, CancellationToken cancellationToken)
    {
        PutNodeRequest request = RequestOf(role, status, isRenewal: false);
        request.ExpectedStatusJson = UnsafeByteOperations.UnsafeWrap(expected.ToJson());
        PutNodeResponse response = await CallAsync(_client.PutNodeAsync, request, cancellationToken).ConfigureAwait(false);
        return !response.Changed;
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<NodeStatus>> ListAsync(Registry.NodeRole role, CancellationToken cancellationToken)
    {
        ListNodesResponse response = await CallAsync(_client.ListNodesAsync, new ListNodesRequest { ClusterId = _clusterId, Role = ToWire(role) }, cancellationToken).ConfigureAwait(false);
        return [.. response.StatusJson.Select(json => NodeStatus.Parse(json.Span))];
    }

    /// <inheritdoc />
    public async ValueTask<ulong> NextAsync(int count, CancellationToken cancellationToken)
    {
        TsoResponse response = await CallAsync(_client.NextTsoAsync, new NextTsoRequest { ClusterId = _clusterId, Count = (uint)count }, cancellationToken).ConfigureAwait(false);
        return response.Tso;
    }

    /// <inheritdoc />
    public async ValueTask<ulong> ObserveAsync(ulong seen, CancellationToken cancellationToken)
    {
        TsoResponse response = await CallAsync(_client.ObserveTsoAsync, new ObserveTsoRequest { ClusterId = _clusterId, Seen = seen }, cancellationToken).ConfigureAwait(false);
        return response.Tso;
    }

    /// <summary>Closes the connection.</summary>
    public ValueTask DisposeAsync()
    {
        _channel.Dispose();
        return ValueTask.CompletedTask;
    }

    private static WireRole ToWire(Registry.NodeRole role) => role == Registry.NodeRole.Pump ? WireRole.Pump : WireRole.Drainer;

    private PutNodeRequest RequestOf(Registry.NodeRole role, NodeStatus status, bool isRenewal) =>
        new() { ClusterId = _clusterId, Role = ToWire(role), StatusJson = UnsafeByteOperations.UnsafeWrap(status.ToJson()), Renewal = isRenewal };

    private async Task<TResponse> CallAsync<TRequest, TResponse>(Func<TRequest, CallOptions, AsyncUnaryCall<TResponse>> method, TRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var options = new CallOptions(deadline: (_time.GetUtcNow() + CallTimeout).UtcDateTime, cancellationToken: cancellationToken);
            using AsyncUnaryCall<TResponse> call = method(request, options);
            return await call.ResponseAsync.ConfigureAwait(false);
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.Aborted && request is PutNodeRequest)
        {
            throw new NodeSetOfflineException(exception.Status.Detail, exception);
        }
        catch (RpcException exception) when (!cancellationToken.IsCancellationRequested)
        {
            bool isTransient = exception.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded;
            string detail = exception.Status.Detail.TrimEnd('.');
            throw new ClusterException(
                isTransient
                    ? $"The embedded cluster's host at {_address} did not answer: {detail}. Check that this host runs and that cluster.join is its address."
                    : $"The embedded cluster's host at {_address} refuses: {exception.StatusCode}, {detail}.",
                exception,
                isTransient);
        }
        catch (RpcException exception)
        {
            throw new OperationCanceledException("The call was cancelled.", exception, cancellationToken);
        }
    }
}
