namespace Binlog.RelayLog.Inspecting;

/// <summary>A part of a segment in which no intact record is.</summary>
/// <param name="From">First byte.</param>
/// <param name="To">First byte of the next intact record, or the end of the segment.</param>
/// <param name="FirstSequence">Sequence number that belongs at <paramref name="From"/>; 0 when unknown.</param>
/// <param name="NextSequence">Sequence number of the record that follows; 0 when none does or it isn't known.</param>
/// <param name="Expected">What should be at <paramref name="From"/>.</param>
/// <param name="Found">What is there.</param>
internal sealed record RecordHole(long From, long To, ulong FirstSequence, ulong NextSequence, string Expected, string Found)
{
    /// <summary>Last commit TS other than 0 before it in the segment; 0 when there is none.</summary>
    public ulong CommitTsBefore { get; init; }

    /// <summary>First commit TS other than 0 after it; 0 when there is none.</summary>
    public ulong CommitTsAfter { get; init; }

    /// <summary>More records may be lost than the sequence numbers say.</summary>
    public bool IsMinimum { get; init; }

    /// <summary>Bytes.</summary>
    public long Length => To - From;

    /// <summary>Sequence numbers that nothing is left of.</summary>
    public ulong Lost => NextSequence > FirstSequence ? NextSequence - FirstSequence : 0;
}
