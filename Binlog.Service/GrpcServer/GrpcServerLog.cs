using System.Net;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.GrpcServer;

/// <summary>Messages of the gRPC server. Ids 1100-1199.</summary>
internal static partial class GrpcServerLog
{
    [LoggerMessage(EventId = 1100, Level = LogLevel.Debug, Message = "A caller asked for the unknown gRPC method {Method}.")]
    public static partial void UnknownMethod(this ILogger logger, string method);

    [LoggerMessage(EventId = 1101, Level = LogLevel.Error, Message = "The handler of {Method} failed; the caller {Peer} gets status Unknown.")]
    public static partial void HandlerFailed(this ILogger logger, Exception exception, string method, string peer);

    [LoggerMessage(EventId = 1102, Level = LogLevel.Debug, Message = "The call of {Method} from {Peer} ended with {StatusCode}: {Detail}")]
    public static partial void CallFailed(this ILogger logger, string method, string peer, StatusCode statusCode, string detail);

    [LoggerMessage(EventId = 1103, Level = LogLevel.Debug, Message = "The caller {Peer} of {Method} went away before the call ended.")]
    public static partial void CallerGone(this ILogger logger, string peer, string method);

    [LoggerMessage(EventId = 1104, Level = LogLevel.Debug, Message = "The connection from {Peer} said nothing for {Timeout} and was closed.")]
    public static partial void SilentConnection(this ILogger logger, EndPoint? peer, TimeSpan timeout);

    [LoggerMessage(EventId = 1105, Level = LogLevel.Warning, Message = "A TLS connection could not be prepared: {Reason}")]
    public static partial void TlsFilesUnusable(this ILogger logger, string reason);

    [LoggerMessage(EventId = 1106, Level = LogLevel.Warning, Message = "The certificate of the TLS client at {Client} was refused: {Reason}")]
    public static partial void ClientCertificateRefused(this ILogger logger, string client, string reason);
}
