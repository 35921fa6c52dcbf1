using System.Collections.Frozen;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.GrpcServer;

/// <summary>Makes a handler for every method of the services that are bound to it.</summary>
internal sealed class HandlerBinder(GrpcServerOptions options, ILogger logger) : ServiceBinderBase
{
    private readonly Dictionary<string, MethodHandler> _handlers = new(StringComparer.Ordinal);

    public FrozenDictionary<string, MethodHandler> Build() => _handlers.ToFrozenDictionary(StringComparer.Ordinal);

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler) =>
        Add(method.FullName, new UnaryHandler<TRequest, TResponse>(method, Required(handler), options, logger));

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler) =>
        Add(method.FullName, new ClientStreamingHandler<TRequest, TResponse>(method, Required(handler), options, logger));

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler) =>
        Add(method.FullName, new ServerStreamingHandler<TRequest, TResponse>(method, Required(handler), options, logger));

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler) =>
        Add(method.FullName, new DuplexStreamingHandler<TRequest, TResponse>(method, Required(handler), options, logger));

    public void AddMethod(RawMethod method) => Add(method.FullName, new RawHandler(method, options, logger));

    private static T Required<T>(T? handler)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(handler);
        return handler;
    }

    private void Add(string fullName, MethodHandler handler)
    {
        if (!_handlers.TryAdd(fullName, handler))
        {
            throw new ArgumentException($"Two services offer the method {fullName}.", nameof(fullName));
        }
    }
}
