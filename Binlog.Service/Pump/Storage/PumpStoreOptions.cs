using Binlog.RelayLog;
using Binlog.Service.Pump.Sorting;
using Binlog.Service.Pump.Storage.Indexing;

namespace Binlog.Service.Pump.Storage;

/// <summary>How a Pump's store is kept. The defaults suit every size.</summary>
/// <param name="Log">The log of binlogs.</param>
internal sealed record PumpStoreOptions(SegmentedLogOptions Log)
{
    /// <summary>The folder of index and checkpoint in the log's directory.</summary>
    public const string IndexFolder = "index";

    /// <summary>How the index is cut.</summary>
    public IndexLayout Layout { get; init; } = new();

    /// <summary>Blocks of the index that stay in memory, 128 KiB each. Default 64.</summary>
    public int CachedBlocks { get; init; } = 64;

    /// <summary>What the sorter keeps in memory.</summary>
    public SorterLimits Limits { get; init; } = new();

    /// <summary>Binlogs after which a checkpoint is written: what a start after a crash sorts again, at most. Default 65536.</summary>
    public int CheckpointRecords { get; init; } = 1 << 16;

    /// <summary>Bytes of binlogs after which a checkpoint is written. Default 64 MiB.</summary>
    public long CheckpointBytes { get; init; } = 64L << 20;

    /// <summary>Where index and checkpoint are.</summary>
    public string IndexDirectory => Path.Combine(Log.Directory, IndexFolder);
}
