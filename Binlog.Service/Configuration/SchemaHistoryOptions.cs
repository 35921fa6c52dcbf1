namespace Binlog.Service.Configuration;

/// <summary>The upstream's DDL history, from which the Drainer knows every table.</summary>
internal sealed record SchemaHistoryOptions
{
    public SchemaHistorySource Source { get; init; }

    /// <summary>Absolute path of the file of jobs, which existed when the configuration was checked; empty for other sources.</summary>
    public required string Path { get; init; }

    /// <summary>Status addresses of TiDB servers, with or without a scheme; empty for other sources.</summary>
    public IReadOnlyList<string> TiDbServers { get; init; } = [];
}
