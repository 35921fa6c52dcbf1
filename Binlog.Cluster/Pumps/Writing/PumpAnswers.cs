using Grpc.Core;

namespace Binlog.Cluster.Pumps.Writing;

/// <summary>What a Pump's refusal means for the writer. The original's Pumps say most things in words only.</summary>
internal static class PumpAnswers
{
    /// <summary>The call ended with a status.</summary>
    public static PumpWriteException Of(string address, RpcException exception)
    {
        bool isUnreached = IsUnreached(exception);
        bool hasAnswered = exception.StatusCode is not (StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Cancelled or StatusCode.Internal);
        bool isForGood = exception.StatusCode is StatusCode.ResourceExhausted or StatusCode.InvalidArgument or StatusCode.OutOfRange or StatusCode.Unimplemented;
        string detail = exception.Status.Detail;
        return new PumpWriteException(address, $"{exception.StatusCode}: {detail}", !isForGood, exception)
        {
            MayBeStored = !hasAnswered && !isUnreached,
            IsUnreached = isUnreached,
            IsTooLate = exception.StatusCode == StatusCode.OutOfRange,
            IsRefusingNew = exception.StatusCode == StatusCode.FailedPrecondition || SaysNotNow(detail),
            IsPumpsFault = !isForGood,
            IsTooLarge = IsTooLarge(detail),
            IsUnavailable = exception.StatusCode == StatusCode.Unavailable && !isUnreached,
        };
    }

    /// <summary>The call succeeded with an error in its answer, as the original's Pumps may say it.</summary>
    public static PumpWriteException Of(string address, string errmsg) => new(address, errmsg, isTransient: !IsTooLarge(errmsg))
    {
        IsRefusingNew = SaysNotNow(errmsg),
        IsPumpsFault = !IsTooLarge(errmsg),
        IsTooLarge = IsTooLarge(errmsg),
    };

    /// <summary>No answer came in time.</summary>
    public static PumpWriteException Overdue(string address, TimeSpan limit, RpcException exception) =>
        new(address, $"{StatusCode.DeadlineExceeded}: no answer within {limit.TotalSeconds:0.###} s", isTransient: true, exception) { MayBeStored = true, IsPumpsFault = true };

    // Source: the original's pump/server.go, of a full disk and of a Pump that is on its way out.
    private static bool SaysNotNow(string text) =>
        text.Contains("no available space", StringComparison.OrdinalIgnoreCase) || text.Contains("no online", StringComparison.OrdinalIgnoreCase);

    /// <summary>Words of gRPC libraries, by which TiDB too tells that a transaction is too large, and of a log whose records are bounded.</summary>
    private static bool IsTooLarge(string text) =>
        text.Contains("trying to send message larger than max", StringComparison.OrdinalIgnoreCase)
        || text.Contains("received message larger than max", StringComparison.OrdinalIgnoreCase)
        || text.Contains("is larger than the limit", StringComparison.OrdinalIgnoreCase);

    /// <summary>No connection came about, so nothing was sent.</summary>
    private static bool IsUnreached(RpcException exception) => exception.Status.DebugException is HttpRequestException
    {
        HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError,
    };
}
