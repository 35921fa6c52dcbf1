using System.Net;
using System.Net.Http.Headers;
using Binlog.Grpc.Protocol;
using Grpc.Core;

namespace Binlog.Grpc.Client;

/// <summary>Reads what gRPC says in the headers and trailers of an answer.</summary>
internal static class ResponseHead
{
    /// <summary>Checks that the answer is gRPC's.</summary>
    /// <exception cref="RpcException">It isn't.</exception>
    public static void Check(HttpResponseMessage response, string target)
    {
        if (response.StatusCode != HttpStatusCode.OK)
        {
            if (TryGetStatus(response.Headers, out var status) && status.StatusCode != StatusCode.OK)
            {
                throw new RpcException(status, MetadataReader.Read(response.Headers));
            }

            throw new RpcException(new Status(
                StatusMapping.FromHttpStatus(response.StatusCode),
                $"{target} answered with HTTP status {(int)response.StatusCode}; a gRPC server answers with 200."));
        }

        response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var values);
        var contentType = values.ToString();
        if (!GrpcHeaders.IsGrpcContentType(contentType))
        {
            throw new RpcException(new Status(
                StatusCode.Unknown,
                $"{target} answered with content type '{contentType}', expected {GrpcHeaders.ContentType}. Is it a gRPC server?"));
        }
    }

    public static bool TryGetStatus(HttpHeaders headers, out Status status)
    {
        if (!headers.NonValidated.TryGetValues(GrpcHeaders.Status, out var code))
        {
            status = default;
            return false;
        }

        var message = headers.NonValidated.TryGetValues(GrpcHeaders.Message, out var text) ? PercentEncoding.Decode(text.ToString()) : "";
        status = new Status(StatusMapping.FromHeader(code.ToString()), message);
        return true;
    }

    public static string? GetEncoding(HttpHeaders headers) =>
        headers.NonValidated.TryGetValues(GrpcHeaders.Encoding, out var encoding) ? encoding.ToString() : null;
}
