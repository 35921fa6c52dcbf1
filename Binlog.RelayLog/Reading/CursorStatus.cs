namespace Binlog.RelayLog.Reading;

/// <summary>Outcome of one step of a <see cref="RecordCursor"/>.</summary>
internal enum CursorStatus
{
    /// <summary>A whole, intact record.</summary>
    Record,

    /// <summary>The cursor stands exactly at its limit.</summary>
    End,

    /// <summary>What follows isn't an intact record; the cursor hasn't moved.</summary>
    Damaged,
}
