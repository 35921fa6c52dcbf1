using System.Globalization;
using Binlog.Grpc.Protocol;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Binlog.Service.GrpcServer;

/// <summary>Writes the status of a call: as trailers, or in the headers when the answer has no body.</summary>
internal static class ResponseStatus
{
    private static readonly StringValues[] Codes =
        [.. Enumerable.Range(0, 17).Select(code => new StringValues(code.ToString(CultureInfo.InvariantCulture)))];

    public static void Write(HttpContext http, Status status, Metadata? trailers, bool hasBody)
    {
        // A failed answer without a message needs one frame instead of two (Trailers-Only).
        var target = status.StatusCode != StatusCode.OK && !hasBody && !http.Response.HasStarted
            ? http.Response.Headers
            : http.Features.Get<IHttpResponseTrailersFeature>()?.Trailers;
        if (target is null || target.IsReadOnly)
        {
            return;
        }

        target[GrpcHeaders.Status] = (int)status.StatusCode is >= 0 and <= 16
            ? Codes[(int)status.StatusCode]
            : Codes[(int)StatusCode.Unknown];
        if (!string.IsNullOrEmpty(status.Detail))
        {
            target[GrpcHeaders.Message] = PercentEncoding.Encode(status.Detail);
        }

        if (trailers is not null)
        {
            WriteMetadata(target, trailers);
        }
    }

    public static void WriteMetadata(IHeaderDictionary target, Metadata metadata)
    {
        foreach (var entry in metadata)
        {
            if (!GrpcHeaders.IsReserved(entry.Key) || entry.Key == GrpcHeaders.AcceptEncoding)
            {
                target.Append(entry.Key, MetadataHeader.EncodeValue(entry));
            }
        }
    }
}
