using Binlog.RelayLog;
using Binlog.Service.Hosting;
using Binlog.Service.Pump.Sorting;
using Binlog.Service.Pump.Storage.Checkpointing;
using Binlog.Service.Pump.Storage.Indexing;
using Binlog.Service.Pump.Storage.Spilling;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Pump.Storage;

/// <summary>What belongs to an open log, put together.</summary>
internal sealed partial class StoreParts : IDisposable
{
    private readonly TaskCompletionSource _failure = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CheckpointFile _checkpointFile;
    private readonly BlockList _blocks;
    private readonly LogReader _reader;
    private readonly ILogger _logger;

    /// <param name="log">The log.</param>
    /// <param name="options">How the store is kept.</param>
    /// <param name="reader">Reads the log from where sorting begins; disposed with the store.</param>
    /// <param name="checkpoint">Where sorting stood; null to begin at the beginning.</param>
    /// <param name="summaries">The full blocks of the index.</param>
    /// <param name="logger">For what the operator must know.</param>
    public StoreParts(SegmentedLog log, PumpStoreOptions options, LogReader reader, StoreCheckpoint? checkpoint, List<BlockSummary> summaries, ILogger logger)
    {
        _logger = logger;
        _reader = reader;
        var indexFiles = new IndexFiles(options.Log.FileSystem, options.IndexDirectory, log.LogId, options.Layout);
        _checkpointFile = new CheckpointFile(options.Log.FileSystem, options.IndexDirectory);
        _blocks = new BlockList(indexFiles, options.CachedBlocks, summaries);
        Index = new CommittedIndex(_blocks, checkpoint?.Blocks ?? 0, checkpoint is null ? [] : [.. checkpoint.Unfinished]);
        Runs = new PendingRuns(options.Log.FileSystem, Path.Combine(options.IndexDirectory, PendingRuns.Name), failure => LogSpillFailed(failure, failure.Message));
        Sorter = new CommitSorter(Index, Runs, RolledBack, options.Limits);
        var checkpointer = new Checkpointer(_checkpointFile, options, log, Index, Sorter);
        if (checkpoint is not null)
        {
            Index.Recall(Sorter.Emitted);
            Sorter.Restore(checkpoint.Sorter);
            checkpointer.Begin(checkpoint.LastRecord);
        }

        Sorting = new LogSorter(Sorter, Index, checkpointer, reader, options.Log.TimeProvider, logger);
    }

    /// <summary>The committed transactions.</summary>
    public CommittedIndex Index { get; }

    /// <summary>Sorts the log.</summary>
    public LogSorter Sorting { get; }

    /// <summary>Committed transactions that memory had no room for.</summary>
    public PendingRuns Runs { get; }

    /// <summary>What was rolled back.</summary>
    public RolledBackTransactions RolledBack { get; } = new();

    /// <summary>The commit TS that the order has not reached.</summary>
    public WaitingCommits Waiting => Sorter.Waiting;

    /// <summary>Fails when, after <see cref="BeginService"/>, the index turns out to be damaged or ordering stops.</summary>
    public Task Failure => _failure.Task;

    /// <summary>Only for the opening: it belongs to <see cref="Sorting"/>.</summary>
    public CommitSorter Sorter { get; }

    /// <summary>From here on a damaged block ends the Pump; before, the index is made anew at once.</summary>
    public void BeginService()
    {
        _blocks.OnDamage = Fail;
        Sorting.OnFault = FailOrder;
    }

    public void Dispose()
    {
        _reader.Dispose();
        Index.Dispose();
        Runs.Dispose();
        _blocks.Dispose();
    }

    /// <summary>Ordering logs itself what happened to it; a log that can't be written is reported by who writes.</summary>
    private void FailOrder(Exception fault)
    {
        if (fault is not LogFaultedException)
        {
            _failure.TrySetException(new ServiceException($"The Pump can't order binlogs any more: {fault.Message} Everything acknowledged is on disk; starting again goes on from there.", fault));
        }
    }

    private void Fail(IndexDamagedException damage)
    {
        try
        {
            _checkpointFile.Forbid();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The checkpoint is still there; then the next start finds the damage itself when it reads the block.
        }

        if (_failure.TrySetException(damage))
        {
            LogIndexDamaged(damage, damage.Message);
        }
    }

    [LoggerMessage(EventIds.PumpSpillFailed, LogLevel.Warning, "The Pump's order is held back and the committed transactions that wait could not be moved to disk; they stay in memory: {Reason}")]
    private partial void LogSpillFailed(Exception exception, string reason);

    [LoggerMessage(EventIds.PumpIndexDamaged, LogLevel.Error, "{Message}")]
    private partial void LogIndexDamaged(Exception exception, string message);
}
