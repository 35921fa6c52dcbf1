using System.Net.Http.Headers;
using Binlog.Grpc.Protocol;
using Grpc.Core;

namespace Binlog.Grpc.Client;

/// <summary>The application's metadata among HTTP headers.</summary>
internal static class MetadataReader
{
    public static Metadata Read(HttpHeaders headers)
    {
        Metadata? result = null;
        foreach (var header in headers.NonValidated)
        {
            if (GrpcHeaders.IsReserved(header.Key))
            {
                continue;
            }

            result ??= [];
            foreach (var value in header.Value)
            {
                MetadataHeader.Decode(header.Key, value, result);
            }
        }

        return result ?? Metadata.Empty;
    }
}
