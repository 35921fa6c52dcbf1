using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.GrpcServer;

/// <summary>A stream of requests, one response.</summary>
internal sealed class ClientStreamingHandler<TRequest, TResponse>(Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse> handler, GrpcServerOptions options, ILogger logger)
    : MethodHandler(method.FullName, options, logger)
    where TRequest : class
    where TResponse : class
{
    protected override async ValueTask InvokeAsync(GrpcCallContext context)
    {
        var reader = new RequestReader<TRequest>(context, method.RequestMarshaller, Options.MaxReceiveMessageBytes);
        var response = await handler(reader, context) ?? throw NoResponse();
        if (context.Status.StatusCode == StatusCode.OK && !context.HasDeadlinePassed)
        {
            new ResponseWriter<TResponse>(context, method.ResponseMarshaller, Options.MaxSendMessageBytes).Write(response);
        }
    }
}
