using Binlog.RelayLog.Reading;

namespace Binlog.RelayLog.Recovery;

/// <summary>What a scan of the last segment found.</summary>
/// <param name="FileLength">Length of the file, its reserve included.</param>
/// <param name="End">End of the last intact record that has only intact ones before it.</param>
/// <param name="NextSequence">Sequence number that belongs at <paramref name="End"/>.</param>
/// <param name="Damage">Why no record is at <paramref name="End"/>; null when the file ends there, or has only zeros, its reserve, that no clean close vouches for.</param>
/// <param name="RecordsAfter">Number of intact records of this segment found after the damage.</param>
/// <param name="LatestGroupStart">Among those, the highest first sequence of a flush group; 0 when there are none.</param>
/// <param name="CleanCloseEnd">Up to where this segment is known to have been flushed, by the last clean close or by the caller; 0 when unknown.</param>
internal readonly record struct TailFindings(
    long FileLength, long End, ulong NextSequence, RecordDamage? Damage, int RecordsAfter, ulong LatestGroupStart, long CleanCloseEnd);
