using System.Net.Sockets;
using System.Security.Authentication;
using Binlog.Grpc.Protocol;
using Grpc.Core;

namespace Binlog.Grpc.Client;

/// <summary>What went wrong below gRPC, as a status that names the address.</summary>
internal static class TransportErrors
{
    public static Status ToStatus(Exception exception, string target)
    {
        if (exception is EndOfStreamException)
        {
            return new Status(StatusCode.Internal, $"Bad answer from {target}: {exception.Message}", exception);
        }

        if (Find<HttpProtocolException>(exception) is { } protocol)
        {
            return FromProtocol(protocol, target);
        }

        if (Find<AuthenticationException>(exception) is { } authentication)
        {
            return new Status(StatusCode.Unavailable, $"Can't establish TLS with {target}: {authentication.Message}", exception);
        }

        if (Find<SocketException>(exception) is { } socket)
        {
            return new Status(StatusCode.Unavailable, $"Can't reach {target}, or the connection was lost: {socket.Message}", exception);
        }

        if (exception is OperationCanceledException)
        {
            return new Status(StatusCode.Unavailable, $"Connecting to {target} took longer than the connect timeout.", exception);
        }

        return exception is HttpRequestException or IOException
            ? new Status(StatusCode.Unavailable, $"The connection to {target} failed: {Innermost(exception).Message}", exception)
            : new Status(StatusCode.Internal, $"The call to {target} failed: {exception.Message}", exception);
    }

    // An unanswered ping has the error code of a stream that broke the protocol; only the text, which names the handler's
    // setting, tells that the connection is dead.
    private static Status FromProtocol(HttpProtocolException exception, string target) => exception.Message.Contains(nameof(SocketsHttpHandler.KeepAlivePingDelay), StringComparison.Ordinal)
        ? new Status(StatusCode.Unavailable, $"{target} stopped answering: a keepalive ping had no answer in time.", exception)
        : new Status(StatusMapping.FromHttp2Error(exception.ErrorCode), $"{target} ended the call or the connection with HTTP/2 error {exception.ErrorCode}: {exception.Message}", exception);

    private static T? Find<T>(Exception? exception)
        where T : Exception
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is T found)
            {
                return found;
            }
        }

        return null;
    }

    private static Exception Innermost(Exception exception)
    {
        while (exception.InnerException is not null)
        {
            exception = exception.InnerException;
        }

        return exception;
    }
}
