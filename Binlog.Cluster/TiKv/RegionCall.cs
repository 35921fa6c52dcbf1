using Binlog.Cluster.Contracts.TiKv;
using Google.Protobuf;
using Grpc.Core;

namespace Binlog.Cluster.TiKv;

/// <summary>A method of TiKV that is sent to the region of a key.</summary>
/// <param name="Name">The method, for messages.</param>
/// <param name="Start">Starts the call.</param>
/// <param name="SetContext">Puts the context into a request.</param>
/// <param name="RegionErrorOf">The region error of a response; null when there is none.</param>
internal sealed record RegionCall<TRequest, TResponse>(
    string Name,
    Func<Tikv.TikvClient, TRequest, CallOptions, AsyncUnaryCall<TResponse>> Start,
    Action<TRequest, Context> SetContext,
    Func<TResponse, Error?> RegionErrorOf)
    where TRequest : IMessage<TRequest>
    where TResponse : IMessage<TResponse>;
