using System.Collections.Frozen;
using Binlog.Grpc.Protocol;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.GrpcServer;

/// <summary>Gives a gRPC request to the handler of its path.</summary>
internal sealed class GrpcMiddleware(RequestDelegate next, FrozenDictionary<string, MethodHandler> handlers, ILogger logger)
{
    public Task InvokeAsync(HttpContext http)
    {
        if (!GrpcHeaders.IsGrpcContentType(http.Request.ContentType))
        {
            return next(http);
        }

        if (!HttpProtocol.IsHttp2(http.Request.Protocol))
        {
            http.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            http.Response.Headers.Upgrade = "h2c";
            return Task.CompletedTask;
        }

        if (!HttpMethods.IsPost(http.Request.Method))
        {
            http.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            http.Response.Headers.Allow = HttpMethods.Post;
            return Task.CompletedTask;
        }

        http.Response.ContentType = GrpcHeaders.ContentType;
        var path = http.Request.Path.Value ?? "";
        if (handlers.TryGetValue(path, out var handler))
        {
            return handler.HandleAsync(http);
        }

        logger.UnknownMethod(path);
        ResponseStatus.Write(http, new Status(StatusCode.Unimplemented, $"The method {path} does not exist on this server."), null, hasBody: false);
        return Task.CompletedTask;
    }
}
