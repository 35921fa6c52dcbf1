namespace Binlog.Service.Pump.Storage.Indexing;

/// <summary>How the index is cut into blocks and files. An index of another layout is made anew.</summary>
/// <param name="BlockEntries">Transactions of a block.</param>
/// <param name="FileBlocks">Blocks of a file.</param>
internal sealed record IndexLayout(int BlockEntries = 4096, int FileBlocks = 256)
{
    private const int Alignment = 4096;

    /// <summary>Bytes of a block.</summary>
    public int BlockBytes => BlockEntries * PackedTransaction.Size;

    /// <summary>Where a file's first block begins: after the header and one summary for each block.</summary>
    public long BlocksOffset => (SummaryOffset(FileBlocks) + Alignment - 1) & -Alignment;

    /// <summary>Where the summary of a file's n-th block (from 0) is.</summary>
    public static long SummaryOffset(long place) => IndexFileHeader.Size + (place * BlockSummary.Size);

    /// <summary>Where a file's n-th block (from 0) is.</summary>
    public long BlockOffset(long place) => BlocksOffset + (place * BlockBytes);
}
