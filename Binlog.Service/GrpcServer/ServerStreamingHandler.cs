using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.GrpcServer;

/// <summary>One request, a stream of responses.</summary>
internal sealed class ServerStreamingHandler<TRequest, TResponse>(Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse> handler, GrpcServerOptions options, ILogger logger)
    : MethodHandler(method.FullName, options, logger)
    where TRequest : class
    where TResponse : class
{
    protected override async ValueTask InvokeAsync(GrpcCallContext context)
    {
        var reader = new RequestReader<TRequest>(context, method.RequestMarshaller, Options.MaxReceiveMessageBytes);
        var request = await reader.ReadSingleAsync();
        await handler(request, new ResponseWriter<TResponse>(context, method.ResponseMarshaller, Options.MaxSendMessageBytes), context);
    }
}
