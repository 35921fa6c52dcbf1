namespace Binlog.RelayLog;

/// <summary>What an <see cref="InspectedItem"/> is.</summary>
public enum InspectedKind
{
    /// <summary>A record.</summary>
    Record,

    /// <summary>A place whose records a repair took out.</summary>
    Gap,

    /// <summary>A damaged place, or a missing segment.</summary>
    Damage,

    /// <summary>A segment that retention removed while the log was being read.</summary>
    Removed,
}
