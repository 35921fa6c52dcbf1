namespace Binlog.RelayLog.Recovery;

/// <summary>What the end of the last segment is.</summary>
internal enum TailVerdict
{
    /// <summary>The file ends with its last record.</summary>
    Clean,

    /// <summary>An append that never finished follows the last intact record: cut it.</summary>
    TornTail,

    /// <summary>A record that had been flushed is damaged: stop.</summary>
    Corrupt,
}
