namespace Binlog.Service.Pump.Storage.Spilling;

/// <summary>A sorted run of committed transactions in the file of runs, and how far it has been taken out.</summary>
/// <param name="Offset">Where its transactions begin; they are followed by pairs of start TS and commit TS, sorted by start TS.</param>
/// <param name="Count">Number of transactions.</param>
/// <param name="MinStartTs">The smallest start TS in it.</param>
/// <param name="MaxStartTs">The greatest start TS in it.</param>
/// <param name="MinCommitTs">The smallest commit TS in it.</param>
/// <param name="MaxCommitTs">The greatest commit TS in it.</param>
internal sealed record PendingRun(long Offset, int Count, ulong MinStartTs, ulong MaxStartTs, ulong MinCommitTs, ulong MaxCommitTs)
{
    public const int PairSize = 16;

    /// <summary>Transactions in the buffer, from <see cref="Next"/> on.</summary>
    public PackedTransaction[] Buffer { get; set; } = [];

    /// <summary>Place in the buffer of the next one.</summary>
    public int Next { get; set; }

    /// <summary>Number of transactions that have been read into the buffer so far.</summary>
    public int ReadCount { get; set; }

    /// <summary>Where the pairs begin.</summary>
    public long PairsOffset => Offset + ((long)Count * PackedTransaction.Size);

    /// <summary>First byte after the run.</summary>
    public long End => PairsOffset + ((long)Count * PairSize);
}
