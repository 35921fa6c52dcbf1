namespace Grpc.Core;

/// <summary>Status codes of gRPC; the numbers are those on the wire.</summary>
public enum StatusCode
{
    /// <summary>Success.</summary>
    OK = 0,

    /// <summary>The caller gave up.</summary>
    Cancelled = 1,

    /// <summary>An error about which nothing more is known.</summary>
    Unknown = 2,

    /// <summary>The request can't be right, whatever the state of the server.</summary>
    InvalidArgument = 3,

    /// <summary>Time ran out before the call was over; it may have succeeded all the same.</summary>
    DeadlineExceeded = 4,

    /// <summary>What was asked for doesn't exist.</summary>
    NotFound = 5,

    /// <summary>What was to be created exists.</summary>
    AlreadyExists = 6,

    /// <summary>The caller is known and may not do this.</summary>
    PermissionDenied = 7,

    /// <summary>A limit or a quota, or space, is exhausted.</summary>
    ResourceExhausted = 8,

    /// <summary>The system isn't in the state that the operation needs.</summary>
    FailedPrecondition = 9,

    /// <summary>Aborted, typically by a conflict.</summary>
    Aborted = 10,

    /// <summary>Past the valid range.</summary>
    OutOfRange = 11,

    /// <summary>The server doesn't have this method.</summary>
    Unimplemented = 12,

    /// <summary>An invariant is broken; also: the peer broke the protocol.</summary>
    Internal = 13,

    /// <summary>The server can't be reached now; trying again later may help.</summary>
    Unavailable = 14,

    /// <summary>Data is lost or damaged.</summary>
    DataLoss = 15,

    /// <summary>The caller isn't known.</summary>
    Unauthenticated = 16,
}
