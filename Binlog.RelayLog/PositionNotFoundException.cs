namespace Binlog.RelayLog;

/// <summary>A position lies after the end of the log: it belongs to another log, or to one that lost its end.</summary>
public sealed class PositionNotFoundException : RelayLogException
{
    internal PositionNotFoundException(string name, LogPosition position, LogPosition end)
        : base($"The {name} has no position {position}: it ends at {end}. The position comes from another log, or the log lost its end.")
    {
        Position = position;
        End = end;
    }

    /// <summary>The position asked for.</summary>
    public LogPosition Position { get; }

    /// <summary>The log's flushed end.</summary>
    public LogPosition End { get; }
}
