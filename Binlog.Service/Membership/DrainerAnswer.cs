using Grpc.Core;

namespace Binlog.Service.Membership;

/// <summary>
/// What shows that an error came from a Drainer itself: a trailer. A status shows nothing, because proxies make their own, in HTTP and
/// in gRPC, when there is nobody behind them.
/// </summary>
internal static class DrainerAnswer
{
    private const string Trailer = "binlog-drainer";

    /// <summary>An error that a Drainer answers with.</summary>
    public static RpcException Error(StatusCode code, string detail) => new(new Status(code, detail), new Metadata { { Trailer, "1" } });

    /// <summary>Whether a Drainer answered with this error.</summary>
    public static bool Is(RpcException exception) => exception.Trailers.Get(Trailer) is not null;
}
