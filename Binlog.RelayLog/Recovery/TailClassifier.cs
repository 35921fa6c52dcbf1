namespace Binlog.RelayLog.Recovery;

/// <summary>Decides what the end of the last segment is. Pure.</summary>
internal static class TailClassifier
{
    /// <remarks>
    /// Records are flushed in groups, and a record says which record its group began with. A power failure may persist any part of the
    /// last group's bytes, so within it an intact record may follow a missing one: that whole end was never acknowledged. A record of a
    /// later group, however, was written only after the damaged one had been flushed: then the damage happened to acknowledged data.
    /// The same holds when the log was closed cleanly after the damaged place.
    /// </remarks>
    public static TailVerdict Classify(in TailFindings findings)
    {
        if (findings.Damage is null)
        {
            return TailVerdict.Clean;
        }

        bool flushedBeforeLaterRecord = findings.LatestGroupStart > findings.NextSequence;
        bool flushedBeforeClose = findings.RecordsAfter > 0 && findings.CleanCloseEnd > findings.End;
        return flushedBeforeLaterRecord || flushedBeforeClose ? TailVerdict.Corrupt : TailVerdict.TornTail;
    }
}
