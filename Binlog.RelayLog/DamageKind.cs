namespace Binlog.RelayLog;

/// <summary>What kind of damage a <see cref="DamagedRange"/> is.</summary>
public enum DamageKind
{
    /// <summary>Records that were acknowledged are damaged or cut off.</summary>
    Records,

    /// <summary>A segment's header is damaged.</summary>
    Header,

    /// <summary>A segment's file is missing between others.</summary>
    MissingSegment,

    /// <summary>Bytes between two records aren't zero; nothing is lost.</summary>
    Padding,
}
