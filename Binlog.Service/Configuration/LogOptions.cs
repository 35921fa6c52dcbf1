using Microsoft.Extensions.Logging;

namespace Binlog.Service.Configuration;

/// <summary>What goes to the log, and where that is.</summary>
internal sealed record LogOptions
{
    /// <summary>Lowest level that is written.</summary>
    public LogLevel Level { get; init; } = LogLevel.Information;

    /// <summary>Absolute path of the file that is appended to; null: standard error.</summary>
    public string? File { get; init; }

    /// <summary>How many full files are kept besides the one that is being written.</summary>
    public int KeepFiles { get; init; } = (int)Settings.OperationsSettings.LogKeepFiles.Default;
}
