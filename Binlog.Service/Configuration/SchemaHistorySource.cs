namespace Binlog.Service.Configuration;

/// <summary>Where the Drainer reads the upstream's DDL jobs.</summary>
internal enum SchemaHistorySource
{
    /// <summary>A file of jobs, one JSON object per line, plain or gzip.</summary>
    File,

    /// <summary>TiKV, where TiDB keeps its history.</summary>
    TiKv,

    /// <summary>A TiDB server's status port.</summary>
    TiDb,
}
