namespace Binlog.Grpc.Protocol;

/// <summary>Names and fixed values of the HTTP/2 headers that gRPC defines.</summary>
internal static class GrpcHeaders
{
    public const string ContentType = "application/grpc";
    public const string ContentTypeProto = "application/grpc+proto";
    public const string Status = "grpc-status";
    public const string Message = "grpc-message";
    public const string Timeout = "grpc-timeout";
    public const string Encoding = "grpc-encoding";
    public const string AcceptEncoding = "grpc-accept-encoding";
    public const string Te = "te";
    public const string UserAgent = "user-agent";

    public const string Identity = "identity";
    public const string Gzip = "gzip";
    public const string AcceptedEncodings = "identity,gzip";

    private static readonly HashSet<string> NotMetadata = new(StringComparer.OrdinalIgnoreCase)
    {
        "content-type", "content-length", "content-encoding", Te, "host", "connection", "transfer-encoding", "user-agent-grpc-internal",
        Status, Message, Timeout, Encoding, AcceptEncoding, "grpc-message-type",
    };

    /// <summary>Whether the header belongs to the protocol rather than to the application's metadata.</summary>
    public static bool IsReserved(string name) => name.StartsWith(':') || NotMetadata.Contains(name);

    /// <summary>Whether the media type is application/grpc, alone or with a suffix (+proto) or parameters.</summary>
    public static bool IsGrpcContentType(ReadOnlySpan<char> mediaType) =>
        mediaType.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase)
        && (mediaType.Length == ContentType.Length || mediaType[ContentType.Length] is '+' or ';' or ' ');
}
