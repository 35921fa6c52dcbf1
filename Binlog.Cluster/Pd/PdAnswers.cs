using Binlog.Cluster.Contracts.Pd;
using Grpc.Core;

namespace Binlog.Cluster.Pd;

/// <summary>What PD's answers mean, and none at all.</summary>
internal static class PdAnswers
{
    /// <summary>Checks that an answer is one, and of the right cluster.</summary>
    /// <exception cref="PdErrorException">The header has an error.</exception>
    /// <exception cref="ClusterException">There is no header, or it is another cluster's.</exception>
    public static void Check(ResponseHeader? header, ulong clusterId, string method, string url)
    {
        if (header is null)
        {
            throw new ClusterException($"{url} answers {method} without a header, which PD always sends. Check that this is a PD client URL.");
        }

        if (header.Error is { Type: not ErrorType.Ok } error)
        {
            throw new PdErrorException(method, url, error);
        }

        if (header.ClusterId != clusterId)
        {
            throw OtherCluster(url, header.ClusterId, $"expected {clusterId}");
        }
    }

    /// <summary>The error for a member of another cluster.</summary>
    public static ClusterException OtherCluster(string url, ulong found, string expected) => new(
        $"PD at {url} belongs to the cluster with ID {found}; {expected}. Nothing of it is used. Check the configured PD endpoints and cluster ID.");

    /// <summary>Whether PD says that there is no store with the ID. Source: tikv/pd, GetStore; it has no error type of its own.</summary>
    public static bool IsNoSuchStore(string text) => text.Contains("invalid store ID", StringComparison.Ordinal);

    /// <summary>A failed call as an error that says who was asked what.</summary>
    public static ClusterException ToClusterException(RpcException exception, string method, string url)
    {
        string detail = exception.Status.Detail.TrimEnd('.');

        // What newer versions say in the header, older ones say as the call's status.
        if (exception.StatusCode == StatusCode.Unknown && IsNoSuchStore(detail))
        {
            return new PdErrorException(method, url, new Error { Type = ErrorType.EntryNotFound, Message = detail });
        }

        // Source: tikv/pd, validateRequest; the text of the details is PD's and names both IDs.
        if (exception.StatusCode == StatusCode.FailedPrecondition && detail.Contains("mismatch cluster id", StringComparison.Ordinal))
        {
            // Another cluster took the member's address: the next lookup tells whether anybody of the right one is left.
            return new ClusterException($"PD at {url} refuses {method}: {detail}. It belongs to another cluster than before; check the configured PD endpoints.", exception, isTransient: true);
        }

        return IsTransient(exception.StatusCode)
            ? new ClusterException($"PD at {url} did not answer {method}: {detail}.", exception, isTransient: true)
            : new ClusterException($"PD at {url} refuses {method}: {exception.StatusCode}, {detail}.", exception);
    }

    /// <summary>The error for a caller whose time is over.</summary>
    /// <param name="what">What was asked for.</param>
    /// <param name="last">What the last attempt failed with; null when none has ended.</param>
    /// <param name="cause">What ended the waiting.</param>
    public static ClusterException GaveUp(string what, ClusterException? last, Exception cause) => new(
        $"PD gave no answer to {what} within {PdLimits.CallTimeout.TotalSeconds:0} s. {last?.Message ?? "The first attempt was still under way. Check the network to PD."}",
        last ?? cause,
        isTransient: true);

    /// <summary>The error while PD elects a leader.</summary>
    public static ClusterException NoLeader(PdMembership members) =>
        new($"PD has no leader at present, says its member at {members.Source}. Check that most of its members run and reach each other.", isTransient: true);

    // A member that is not the leader says Unavailable to most methods and Unknown to Tso; one that starts or stops says Unknown.
    private static bool IsTransient(StatusCode code) => code is StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Unknown
        or StatusCode.Internal or StatusCode.Aborted or StatusCode.Cancelled or StatusCode.ResourceExhausted;
}
