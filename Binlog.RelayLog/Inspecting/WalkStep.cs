namespace Binlog.RelayLog.Inspecting;

/// <summary>What a <see cref="SegmentWalker"/> came to.</summary>
internal enum WalkStep
{
    /// <summary>An intact record.</summary>
    Record,

    /// <summary>A place whose records a repair took out.</summary>
    Gap,

    /// <summary>A place without an intact record.</summary>
    Hole,

    /// <summary>The end.</summary>
    End,

    /// <summary>A record has come to where none was a moment ago: to be read again. For the walker itself.</summary>
    Again,
}
