using System.Globalization;
using Binlog.RelayLog.Files;
using Binlog.RelayLog.Format;
using Binlog.RelayLog.Inspecting;
using Binlog.RelayLog.Recovery;
using Binlog.RelayLog.Repairing;

namespace Binlog.RelayLog;

/// <summary>
/// Takes damage out of a log that refuses to open, so that it opens again with every intact record. What is lost leaves a gap that readers
/// come upon; what was there before goes to a folder of its own. Format: docs/formats/relay-log.md.
/// </summary>
public sealed class LogRepair : IDisposable
{
    private readonly LogRepairOptions _options;
    private readonly IDisposable? _lock;
    private readonly IReadOnlyList<SegmentPatch> _patches;
    private readonly CloseMark? _mark;

    private LogRepair(LogRepairOptions options, IDisposable? fileLock, IReadOnlyList<SegmentPatch> patches, CloseMark? mark, LogRepairPlan plan)
    {
        _mark = mark;
        _options = options;
        _lock = fileLock;
        _patches = patches;
        Plan = plan;
    }

    /// <summary>What the repair does.</summary>
    public LogRepairPlan Plan { get; }

    /// <summary>Reads the log and says what a repair would do; changes nothing, and may run beside a process that uses the log.</summary>
    /// <exception cref="LogRepairException">Some damage can't be taken out.</exception>
    /// <exception cref="RelayLogException">The files aren't those of one log, or can't be read.</exception>
    public static async Task<LogRepair> PlanAsync(LogRepairOptions options, ReadProgress? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        return Create(options, null, progress, cancellationToken);
    }

    /// <summary>The same with the log's lock, held until disposal, so that <see cref="Apply"/> may follow.</summary>
    /// <exception cref="LogLockedException">A process has the log open.</exception>
    /// <exception cref="LogRepairException">Some damage can't be taken out, or the lock can't be written.</exception>
    /// <exception cref="RelayLogException">The files aren't those of one log, or can't be read.</exception>
    public static async Task<LogRepair> BeginAsync(LogRepairOptions options, ReadProgress? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        IDisposable fileLock = TakeLock(options);
        try
        {
            return Create(options, fileLock, progress, cancellationToken);
        }
        catch
        {
            fileLock.Dispose();
            throw;
        }
    }

    /// <summary>Does what the plan says. Interrupted at any point, a new repair does the rest.</summary>
    /// <param name="progress">Told how far the copying is; null when nobody looks.</param>
    /// <param name="cancellationToken">Ends it where it is.</param>
    /// <returns>Full path of the folder that holds what was there before; null when no segment had to be written anew.</returns>
    /// <exception cref="InvalidOperationException">The repair was not begun with the lock.</exception>
    /// <exception cref="DiskFullException">There is no space for the copies; every segment is either as it was or repaired.</exception>
    /// <exception cref="LogRepairException">The operating system failed; every segment is either as it was or repaired.</exception>
    public string? Apply(ReadProgress? progress, CancellationToken cancellationToken)
    {
        if (_lock is null)
        {
            throw new InvalidOperationException($"A repair that was only planned has no lock. Call {nameof(BeginAsync)}.");
        }

        try
        {
            string? quarantine = _patches.Count > 0 ? Run(progress, cancellationToken) : null;
            if (_mark is { } mark)
            {
                CloseMarkFile.PutBack(_options.FileSystem, _options.Directory, mark);
            }

            return quarantine;
        }
        catch (IOException e) when (DiskFull.Is(e))
        {
            throw new DiskFullException(_options.Name, _options.Directory, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LogRepairException(_options.Directory, $"{e.Message} Every segment is either as it was or repaired; run the repair again when the cause is removed.", e);
        }
    }

    /// <summary>The repairs that were made of a log; empty when there were none.</summary>
    /// <exception cref="LogReadException">The operating system failed to read.</exception>
    public static IReadOnlyList<RepairRecord> History(string directory) => RepairJournal.Read(PhysicalLogFileSystem.Instance, Path.GetFullPath(directory));

    public void Dispose() => _lock?.Dispose();

    private static LogRepair Create(LogRepairOptions options, IDisposable? fileLock, ReadProgress? progress, CancellationToken cancellationToken)
    {
        var logOptions = new SegmentedLogOptions { Directory = options.Directory, Name = options.Name, FileSystem = options.FileSystem, KnownEnd = options.KnownEnd };
        ExaminedLog log = LogExaminer.Examine(logOptions, progress, cancellationToken);
        (IReadOnlyList<SegmentPatch> patches, CloseMark? mark, LogRepairPlan plan) = RepairPlanner.Plan(log, options);
        return new LogRepair(options, fileLock, patches, mark, plan);
    }

    private static IDisposable TakeLock(LogRepairOptions options)
    {
        string path = Path.Combine(options.Directory, SegmentName.Lock);
        try
        {
            return options.FileSystem.Lock(path);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or DirectoryNotFoundException || DiskFull.Is(e))
        {
            throw new LogRepairException(options.Directory, $"its lock can't be taken: {e.Message}", e);
        }
        catch (IOException e)
        {
            throw new LogLockedException(options.Name, options.Directory, options.FileSystem.DescribeLockOwner(path), e);
        }
    }

    /// <summary>
    /// Copies first, then the line that says what is done, then one segment after the other. A segment is replaced by a rename, so it is always
    /// whole: the old one or the new one; and what is planned for the others doesn't depend on which.
    /// </summary>
    private string Run(ReadProgress? progress, CancellationToken cancellationToken)
    {
        if (progress is not null)
        {
            progress.TotalBytes = _patches.Sum(patch => patch.FileLength + patch.KeptLength);
        }

        ILogFileSystem files = _options.FileSystem;
        DateTimeOffset now = _options.TimeProvider.GetUtcNow();
        string name = SegmentName.QuarantinePrefix + now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'.'fff'Z'", CultureInfo.InvariantCulture);
        string quarantine = Path.Combine(_options.Directory, name);
        files.CreateDirectory(quarantine);
        foreach (SegmentPatch patch in _patches.Where(patch => patch.Exists))
        {
            SegmentRewriter.Copy(files, patch.Path, Path.Combine(quarantine, Path.GetFileName(patch.Path)), progress, cancellationToken);
        }

        files.FlushDirectory(quarantine);
        RepairJournal.Append(files, _options.Directory, new RepairRecord(now, $"{Environment.UserName}@{Environment.MachineName}", name, Plan.Damages));
        foreach (SegmentPatch patch in _patches)
        {
            SegmentRewriter.Rewrite(files, patch, progress, cancellationToken);
            files.FlushDirectory(_options.Directory);
        }

        return quarantine;
    }
}
