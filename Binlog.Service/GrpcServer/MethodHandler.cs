using Grpc.Core;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.GrpcServer;

/// <summary>Runs the calls of one method. Safe for concurrent use.</summary>
internal abstract class MethodHandler(IMethod method, GrpcServerOptions options, ILogger logger)
{
    private const int Http2InternalError = 2;

    protected GrpcServerOptions Options => options;

    /// <summary>Whether the deadline must end the call's reads and waits from the start; otherwise from when its token is asked for.</summary>
    protected virtual bool NeedsTimer => true;

    public Task HandleAsync(HttpContext http) => options.Observer is { } observer ? HandleObservedAsync(http, observer) : HandleCallAsync(http);

    /// <summary>Reads what the method's shape says, calls the handler, writes what it returns.</summary>
    protected abstract ValueTask InvokeAsync(GrpcCallContext context);

    protected RpcException NoResponse() => new(new Status(StatusCode.Cancelled, $"The handler of {method.FullName} returned no message."));

    private async Task HandleObservedAsync(HttpContext http, IGrpcCallObserver observer)
    {
        long started = options.TimeProvider.GetTimestamp();
        observer.CallBegun(method);
        StatusCode status = StatusCode.Unknown;
        try
        {
            status = await HandleCallAsync(http);
        }
        finally
        {
            observer.CallEnded(method, options.TimeProvider.GetElapsedTime(started), status);
        }
    }

    private async Task<StatusCode> HandleCallAsync(HttpContext http)
    {
        using var context = new GrpcCallContext(http, method.FullName, options);
        Status status;
        Metadata? trailers;
        try
        {
            context.Begin();
            if (NeedsTimer)
            {
                context.StartTimer();
            }

            await InvokeAsync(context);
            status = context.HasDeadlinePassed ? DeadlinePassed() : context.Status;
            trailers = context.SentTrailers;
        }
        catch (Exception e)
        {
            status = ToStatus(e, context);
            trailers = Merge(context.SentTrailers, (e as RpcException)?.Trailers);
        }

        if (status.StatusCode != StatusCode.OK)
        {
            logger.CallFailed(method.FullName, context.Peer, status.StatusCode, status.Detail);
        }

        if (context.IsResponseBroken)
        {
            // Part of a frame is out: no status can follow it.
            http.Features.Get<IHttpResetFeature>()?.Reset(Http2InternalError);
            return status.StatusCode == StatusCode.OK ? StatusCode.Internal : status.StatusCode;
        }

        ResponseStatus.Write(http, status, trailers, context.HasBody);
        return status.StatusCode;
    }

    private static Status DeadlinePassed() => new(StatusCode.DeadlineExceeded, "The deadline of the call has passed.");

    private static Metadata? Merge(Metadata? first, Metadata? second)
    {
        if (first is null || first.Count == 0)
        {
            return second;
        }

        if (second is not null)
        {
            foreach (var entry in second)
            {
                first.Add(entry);
            }
        }

        return first;
    }

    private Status ToStatus(Exception exception, GrpcCallContext context)
    {
        if (exception is RpcException rpc)
        {
            return rpc.StatusCode == StatusCode.OK
                ? new Status(StatusCode.Unknown, "The handler threw an error with status OK.")
                : rpc.Status;
        }

        if (context.HasDeadlinePassed)
        {
            return DeadlinePassed();
        }

        if (context.IsAborted || exception is ConnectionResetException or ConnectionAbortedException)
        {
            logger.CallerGone(context.Peer, method.FullName);
            return new Status(StatusCode.Cancelled, "The caller went away.");
        }

        if (exception is BadHttpRequestException bad)
        {
            return new Status(StatusCode.Internal, $"The request could not be read: {bad.Message}");
        }

        if (exception is OperationCanceledException)
        {
            return new Status(StatusCode.Unavailable, "The server gave the call up, perhaps because it is stopping.");
        }

        // What the handler says stays here: it may name files, addresses or data.
        logger.HandlerFailed(exception, method.FullName, context.Peer);
        return new Status(StatusCode.Unknown, "The handler of the call failed; the server's log has the details.");
    }
}
