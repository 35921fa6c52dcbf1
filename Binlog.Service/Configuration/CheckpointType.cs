namespace Binlog.Service.Configuration;

/// <summary>Where a Drainer keeps how far its target is.</summary>
internal enum CheckpointType
{
    /// <summary>In the target, in the data's own transaction.</summary>
    Target,

    /// <summary>In a file.</summary>
    File,

    /// <summary>In another MySQL, MariaDB or TiDB.</summary>
    MySql,
}
