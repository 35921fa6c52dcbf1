using System.Net;
using Grpc.Core;

namespace Binlog.Grpc.Protocol;

/// <summary>Status codes for failures below gRPC (the specification's tables for HTTP status and HTTP/2 error codes).</summary>
internal static class StatusMapping
{
    public static StatusCode FromHttpStatus(HttpStatusCode status) => status switch
    {
        HttpStatusCode.BadRequest => StatusCode.Internal,
        HttpStatusCode.Unauthorized => StatusCode.Unauthenticated,
        HttpStatusCode.Forbidden => StatusCode.PermissionDenied,
        HttpStatusCode.NotFound => StatusCode.Unimplemented,
        HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => StatusCode.Unavailable,
        _ => StatusCode.Unknown,
    };

    public static StatusCode FromHttp2Error(long errorCode) => errorCode switch
    {
        0 => StatusCode.Unavailable, // NO_ERROR: what a server sends that shuts down
        7 => StatusCode.Unavailable, // REFUSED_STREAM: not processed
        8 => StatusCode.Cancelled, // CANCEL
        11 => StatusCode.ResourceExhausted, // ENHANCE_YOUR_CALM
        12 => StatusCode.PermissionDenied, // INADEQUATE_SECURITY
        _ => StatusCode.Internal,
    };

    /// <summary>Reads grpc-status. A number that isn't a status code counts as Unknown.</summary>
    public static StatusCode FromHeader(string value) =>
        int.TryParse(value, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var code) && code is >= 0 and <= 16
            ? (StatusCode)code
            : StatusCode.Unknown;
}
