using Binlog.RelayLog;
using Binlog.RelayLog.Files;
using Binlog.Service.Hosting;
using Binlog.Service.Pump.Sorting;
using Binlog.Service.Pump.Storage.Checkpointing;
using Binlog.Service.Pump.Storage.Indexing;
using Binlog.Service.Pump.Storage.Spilling;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Pump.Storage;

/// <summary>
/// Opens what belongs to a log: with its checkpoint, or, when anything about checkpoint or index is wrong, anew from the log.
/// </summary>
internal sealed partial class StoreOpening(SegmentedLog log, PumpStoreOptions options, ILogger logger)
{
    private readonly ILogFileSystem _fileSystem = options.Log.FileSystem;
    private readonly CheckpointFile _checkpointFile = new(options.Log.FileSystem, options.IndexDirectory);

    /// <summary>Opens and sorts what the log has.</summary>
    /// <exception cref="RelayLogException">The log is damaged.</exception>
    /// <exception cref="ServiceException">The index's directory can't be used.</exception>
    public StoreParts Run(CancellationToken cancellationToken)
    {
        try
        {
            return Open(cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ServiceException(
                $"The Pump's index in {options.IndexDirectory} can't be opened or made: {exception.Message} See to space and rights there; the Pump's log is not affected.", exception);
        }
    }

    private StoreParts Open(CancellationToken cancellationToken)
    {
        _fileSystem.CreateDirectory(options.IndexDirectory);
        DeleteRuns();
        using var indexFiles = new IndexFiles(_fileSystem, options.IndexDirectory, log.LogId, options.Layout);
        StoreCheckpoint? checkpoint = _checkpointFile.TryRead(out string? problem);
        problem ??= checkpoint is null ? null : CheckpointCheck.FindProblem(checkpoint, log, options);
        if (checkpoint is not null && problem is null)
        {
            try
            {
                return Resume(checkpoint, indexFiles, cancellationToken);
            }
            catch (IndexDamagedException damage)
            {
                problem = damage.Found;
            }
            catch (IndexReadException failure)
            {
                // A bad sector under a cache is no reason not to start.
                problem = failure.Found;
            }
        }

        if (problem is not null)
        {
            LogRebuilding(problem);
        }

        _checkpointFile.Delete();
        indexFiles.DeleteFrom(0);
        return Rebuild(cancellationToken);
    }

    private StoreParts Resume(StoreCheckpoint checkpoint, IndexFiles indexFiles, CancellationToken cancellationToken)
    {
        indexFiles.DeleteFrom(checkpoint.Blocks);
        List<BlockSummary> summaries = indexFiles.ReadSummaries(checkpoint.Blocks, checkpoint.Sorter.RemovedUpTo);
        return Sort(new StoreParts(log, options, OpenReader(checkpoint.End), checkpoint, summaries, logger), cancellationToken);
    }

    private StoreParts Rebuild(CancellationToken cancellationToken)
    {
        var parts = new StoreParts(log, options, OpenReader(log.Start), null, [], logger);
        if (IsBeginningGone)
        {
            parts.Sorter.AssumeRemoved(RetentionSearch.FindLimit(log, cancellationToken));
        }

        return Sort(parts, cancellationToken);
    }

    /// <summary>Of the records only those of retention are read for their payload.</summary>
    private LogReader OpenReader(LogPosition from)
    {
        LogReader reader = log.OpenReader(from);
        reader.IsPayloadNeedless = static tag => tag.Kind != (ushort)PumpRecordKind.Retention;
        return reader;
    }

    private bool IsBeginningGone => log.Segments[0].FirstSequence > 1;

    private StoreParts Sort(StoreParts parts, CancellationToken cancellationToken)
    {
        try
        {
            parts.Sorting.SortAvailable(cancellationToken);
            if (IsBeginningGone)
            {
                // Finishes a removal that was interrupted.
                parts.Index.RemoveUpTo(parts.Sorter.RemovedUpTo);
            }

            parts.BeginService();
            return parts;
        }
        catch
        {
            parts.Dispose();
            throw;
        }
    }

    private void DeleteRuns()
    {
        if (_fileSystem.ListFiles(options.IndexDirectory).Contains(PendingRuns.Name))
        {
            _fileSystem.Delete(Path.Combine(options.IndexDirectory, PendingRuns.Name));
        }
    }

    [LoggerMessage(EventIds.PumpIndexRebuilt, LogLevel.Warning, "The Pump's index is made anew from its log, because {Problem}. Nothing that the log has is lost by that; this start takes longer.")]
    private partial void LogRebuilding(string problem);
}
