namespace Binlog.Service.Configuration;

/// <summary>The upstream's DDL history, from which the Drainer knows every table.</summary>
internal sealed record SchemaHistoryOptions
{
    public SchemaHistorySource Source { get; init; }

    /// <summary>Absolute path of the file of jobs; existed when the configuration was checked.</summary>
    public required string Path { get; init; }
}
