namespace Grpc.Core;

/// <summary>Shape of a remote method.</summary>
public enum MethodType
{
    /// <summary>One request, one response.</summary>
    Unary,

    /// <summary>Stream of requests, one response.</summary>
    ClientStreaming,

    /// <summary>One request, stream of responses.</summary>
    ServerStreaming,

    /// <summary>Both sides stream, independently.</summary>
    DuplexStreaming,
}
