namespace Binlog.Service.GrpcServer.Listening;

/// <summary>What the first bytes of a connection say.</summary>
internal enum PrefaceKind
{
    /// <summary>Too few bytes to tell.</summary>
    Undecided,

    Http1,

    Http2,
}
