namespace Binlog.RelayLog.Reading;

/// <summary>Outcome of one step of a <see cref="RecordCursor"/>.</summary>
internal enum CursorStatus
{
    /// <summary>A whole, intact record.</summary>
    Record,

    /// <summary>A record whose payload was neither read nor checked.</summary>
    Large,

    /// <summary>A place whose records a repair took out; the cursor hasn't moved.</summary>
    Gap,

    /// <summary>The cursor stands exactly at its limit.</summary>
    End,

    /// <summary>What follows isn't an intact record; the cursor hasn't moved.</summary>
    Damaged,
}
