using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.GrpcServer;

/// <summary>Both sides stream, independently.</summary>
internal sealed class DuplexStreamingHandler<TRequest, TResponse>(Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse> handler, GrpcServerOptions options, ILogger logger)
    : MethodHandler(method.FullName, options, logger)
    where TRequest : class
    where TResponse : class
{
    protected override ValueTask InvokeAsync(GrpcCallContext context) => new(handler(
        new RequestReader<TRequest>(context, method.RequestMarshaller, Options.MaxReceiveMessageBytes),
        new ResponseWriter<TResponse>(context, method.ResponseMarshaller, Options.MaxSendMessageBytes),
        context));
}
