using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.GrpcServer;

/// <summary>One request, one response.</summary>
internal sealed class UnaryHandler<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse> handler, GrpcServerOptions options, ILogger logger)
    : MethodHandler(method.FullName, options, logger)
    where TRequest : class
    where TResponse : class
{
    protected override async ValueTask InvokeAsync(GrpcCallContext context)
    {
        var reader = new RequestReader<TRequest>(context, method.RequestMarshaller, Options.MaxReceiveMessageBytes);
        var request = await reader.ReadSingleAsync();
        var response = await handler(request, context) ?? throw NoResponse();
        if (context.Status.StatusCode == StatusCode.OK && !context.HasDeadlinePassed)
        {
            new ResponseWriter<TResponse>(context, method.ResponseMarshaller, Options.MaxSendMessageBytes).Write(response);
        }
    }
}
