using Binlog.Service.Configuration;

namespace Binlog.Service.Drainer.Relaying;

/// <summary>How much of a relay log is kept, and how much may wait to be applied.</summary>
/// <param name="MaxBytes">Above this size applied segments go, and while more than this waits to be applied nothing is appended.</param>
/// <param name="MaxAge">Applied segments whose newest commit TS is older than the log's newest one by more than this go; null keeps them.</param>
internal sealed record RelayLimits(long MaxBytes, TimeSpan? MaxAge = null)
{
    /// <summary>Nothing is deleted, and nothing waits.</summary>
    public static RelayLimits None { get; } = new(long.MaxValue);

    /// <summary>The limits that are configured.</summary>
    public static RelayLimits Of(RelayOptions options) => new(options.MaxBytes, options.MaxAge);
}
