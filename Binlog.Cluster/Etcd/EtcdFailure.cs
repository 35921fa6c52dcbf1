using Grpc.Core;

namespace Binlog.Cluster.Etcd;

/// <summary>
/// Tells failures of calls apart. Texts and codes are those of etcd's <c>api/v3rpc/rpctypes/error.go</c>; older versions have the same texts.
/// </summary>
internal static class EtcdFailure
{
    private const string Compacted = "required revision has been compacted";
    private const string NoSpace = "database space exceeded";
    private const string LeaseNotFound = "requested lease not found";
    private const string AuthNotEnabled = "authentication is not enabled";
    private const string AuthFailed = "authentication failed";

    /// <summary>Texts of a token that was lost with the member's memory, has expired, is older than a change of users, or was missing.</summary>
    private static readonly string[] TokenTexts = ["invalid auth token", "revision of auth store is old", "user name is empty"];

    /// <summary>What a failure means.</summary>
    public static EtcdFailureKind KindOf(Status status) => status.StatusCode switch
    {
        _ when Array.Exists(TokenTexts, text => Says(status, text)) => EtcdFailureKind.TokenInvalid,
        _ when Says(status, "etcdserver: no leader") || IsNeverSent(status.DebugException) => EtcdFailureKind.NotDone,
        StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Cancelled or StatusCode.Aborted or StatusCode.Internal or StatusCode.Unknown => EtcdFailureKind.Unknown,
        _ => EtcdFailureKind.Refused,
    };

    /// <summary>The revision to be read is compacted.</summary>
    public static bool IsCompacted(Status status) => Says(status, Compacted);

    /// <summary>The lease has ended.</summary>
    public static bool IsLeaseNotFound(Status status) => Says(status, LeaseNotFound);

    /// <summary>There are users only when authentication is turned on.</summary>
    public static bool IsAuthNotEnabled(Status status) => Says(status, AuthNotEnabled);

    /// <summary>The error for a call that was refused.</summary>
    public static ClusterException Refusal(string endpoint, string call, Status status, string? user, Exception? cause)
    {
        if (IsCompacted(status))
        {
            return new EtcdCompactedException($"etcd at {endpoint} no longer has the revision that {call} asks for: {Detail(status)}.", cause);
        }

        if (IsLeaseNotFound(status))
        {
            return new EtcdLeaseNotFoundException($"etcd at {endpoint} no longer has the lease that {call} names.", cause);
        }

        string advice = status.StatusCode switch
        {
            _ when Says(status, AuthFailed) => $"Check the name and the password of etcd's user {user}.",
            _ when Says(status, NoSpace) => "etcd's space quota is used up and it takes no writes: compact and defragment it, then end the alarm with etcdctl alarm disarm.",
            StatusCode.PermissionDenied => user is null
                ? "It wants a user: configure one with its password, or the client certificate that it expects."
                : $"Give etcd's user {user} a role that may read and write the prefixes /tidb-binlog/ and /binlogd/.",
            StatusCode.Unauthenticated or StatusCode.InvalidArgument when KindOf(status) == EtcdFailureKind.TokenInvalid => user is null
                ? "It wants a user: configure one with its password."
                : $"It does not take the tokens that it gives user {user}: check that all addresses are members of one etcd.",
            StatusCode.Unimplemented => "Check that this is the client address of an etcd of version 3.4 or later, or of a PD.",
            _ => "Look into etcd's log.",
        };
        return new ClusterException($"etcd at {endpoint} refuses {call}: {status.StatusCode}, {Detail(status)}. {advice}", cause, isTransient: status.StatusCode == StatusCode.ResourceExhausted);
    }

    /// <summary>What the server or the transport said, without a full stop.</summary>
    public static string Detail(Status status) => status.Detail.Trim().TrimEnd('.');

    private static bool Says(Status status, string text) => status.Detail.Contains(text, StringComparison.Ordinal);

    /// <summary>Whether no connection came about, so that not a byte of the request can have arrived.</summary>
    private static bool IsNeverSent(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError })
            {
                return true;
            }
        }

        return false;
    }
}
