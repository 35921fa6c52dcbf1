using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Configuration;

/// <summary>Where a Drainer keeps how far its target is.</summary>
internal sealed record CheckpointOptions
{
    public CheckpointType Type { get; init; } = CheckpointSettings.Type.Default;

    /// <summary>Absolute path of the file; set for <see cref="CheckpointType.File"/>.</summary>
    public string? File { get; init; }

    /// <summary>The server; for <see cref="CheckpointType.MySql"/> only.</summary>
    public DownstreamOptions? Server { get; init; }

    /// <summary>The database there that has the table.</summary>
    public string Database { get; init; } = CheckpointSettings.Database.Default;

    /// <summary>Whether a Drainer without a checkpoint goes on from the one that TiDB Binlog's Drainer left.</summary>
    public bool TakesOver { get; init; } = CheckpointSettings.TakeOver.Default;
}
