using System.Net.Http.Headers;
using Binlog.Grpc.Protocol;
using Grpc.Core;

namespace Binlog.Grpc.Client;

/// <summary>Headers of a request.</summary>
internal static class RequestHeadersWriter
{
    private const string UserAgent = "binlog-grpc";

    public static void Write(HttpRequestHeaders headers, GrpcChannel channel, string? host, Metadata? metadata)
    {
        headers.TryAddWithoutValidation(GrpcHeaders.Te, "trailers");
        headers.TryAddWithoutValidation(GrpcHeaders.UserAgent, UserAgent);
        headers.TryAddWithoutValidation(GrpcHeaders.AcceptEncoding, GrpcHeaders.AcceptedEncodings);
        if (channel.CompressRequests)
        {
            headers.TryAddWithoutValidation(GrpcHeaders.Encoding, GrpcHeaders.Gzip);
        }

        if (host is not null)
        {
            headers.Host = host;
        }

        if (metadata is null)
        {
            return;
        }

        foreach (var entry in metadata)
        {
            if (!GrpcHeaders.IsReserved(entry.Key))
            {
                headers.TryAddWithoutValidation(entry.Key, MetadataHeader.EncodeValue(entry));
            }
        }
    }
}
