using Microsoft.Extensions.Logging;

namespace Binlog.Service.Configuration;

/// <summary>What goes to the log on standard error.</summary>
internal sealed record LogOptions
{
    /// <summary>Lowest level that is written.</summary>
    public LogLevel Level { get; init; } = LogLevel.Information;
}
