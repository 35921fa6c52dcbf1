using Binlog.RelayLog.Files;

namespace Binlog.RelayLog.Recovery;

/// <summary>Counts the intact records of a segment after a damaged place.</summary>
internal sealed class SurvivorSearch(ILogFile file, uint seed, ulong damagedSequence)
{
    private readonly IntactRecordSearch _search = new(file, seed);

    /// <summary>Number of intact records found.</summary>
    public int Count { get; private set; }

    /// <summary>Highest first sequence of a flush group among them.</summary>
    public ulong LatestGroupStart { get; private set; }

    public void Run(long from, long fileLength, CancellationToken cancellationToken)
    {
        while (_search.TryFind(from, fileLength, damagedSequence, endSequence: 0, cancellationToken, out IntactRecord found))
        {
            Count++;
            LatestGroupStart = Math.Max(LatestGroupStart, found.GroupStart);
            from = found.Offset + found.Size;
        }
    }
}
