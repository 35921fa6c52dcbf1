using System.Collections.Concurrent;
using System.Globalization;
using Binlog.RelayLog.Files;
using Binlog.Service.Hosting;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Drainer.Spooling;

/// <summary>
/// The folder of binlogs that are too large for memory, on the relay log's disk: between their arrival and the relay log each is a file. Nothing in it is
/// durable or needs to be: what isn't in the relay log is asked of the Pumps again. Thread-safe.
/// </summary>
/// <remarks>The caller holds the relay log's lock, so that no other process has files here.</remarks>
internal sealed partial class SpoolFolder : IAsyncDisposable
{
    private const string Prefix = "binlog-";
    private const string Extension = ".spool";

    private static readonly TimeSpan FullRetryDelay = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<SpoolFile, bool> _open = new();
    private readonly ILogFileSystem _files;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private long _lastNumber;
    private int _waiting;

    private SpoolFolder(ILogFileSystem files, string directory, TimeProvider time, ILogger logger)
    {
        _files = files;
        _time = time;
        _logger = logger;
        Directory = directory;
    }

    /// <summary>Where the files are; made when there is a first one.</summary>
    public string Directory { get; }

    /// <summary>Why nothing can be written at present; null when all is well.</summary>
    public string? Failure { get; private set; }

    /// <summary>How many binlogs have been spooled.</summary>
    public long Count => Interlocked.Read(ref _lastNumber);

    /// <summary>How many files there are at present.</summary>
    public int Files => _open.Count;

    /// <summary>Opens the folder and removes what an earlier process left there. Only files that are named like its own are touched.</summary>
    /// <exception cref="IOException">A file can't be removed.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder can't be read, or a file can't be removed.</exception>
    public static SpoolFolder Open(ILogFileSystem files, string directory, TimeProvider time, ILogger logger)
    {
        var folder = new SpoolFolder(files, directory, time, logger);
        if (System.IO.Directory.Exists(directory))
        {
            string[] leftovers = [.. files.ListFiles(directory).Where(IsOwn)];
            foreach (string name in leftovers)
            {
                files.Delete(Path.Combine(directory, name));
            }

            if (leftovers.Length > 0)
            {
                folder.LogRemoved(leftovers.Length, directory);
            }
        }

        return folder;
    }

    /// <summary>Begins a file; waits for space on a full disk.</summary>
    /// <exception cref="IOException">The operating system refuses for another reason.</exception>
    public async ValueTask<SpoolWriter> BeginAsync(CancellationToken cancellationToken)
    {
        string path = Path.Combine(Directory, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Interlocked.Increment(ref _lastNumber)}{Extension}"));
        ILogFile? file = null;
        await WithSpaceAsync(Create, cancellationToken);
        var spool = new SpoolFile(this, file!, path);
        _open.TryAdd(spool, true);
        return new SpoolWriter(this, spool);

        void Create()
        {
            _files.CreateDirectory(Directory);
            file = _files.Create(path);
        }
    }

    /// <summary>Removes all files: nobody needs them any more.</summary>
    public ValueTask DisposeAsync()
    {
        foreach (SpoolFile file in _open.Keys)
        {
            file.Delete();
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Does what needs space on the disk, again and again while there is none, and says so meanwhile.</summary>
    internal async ValueTask WithSpaceAsync(Action action, CancellationToken cancellationToken)
    {
        bool isWaiting = false;
        try
        {
            while (true)
            {
                try
                {
                    action();
                    return;
                }
                catch (IOException exception) when (DiskFull.Is(exception))
                {
                    Report(exception.Message, isFirst: !isWaiting);
                    isWaiting = true;
                }

                await Task.Delay(FullRetryDelay, _time, cancellationToken);
            }
        }
        finally
        {
            // One that goes without having got any takes its trouble along.
            if (isWaiting && Interlocked.Decrement(ref _waiting) == 0)
            {
                Failure = null;
            }
        }
    }

    private void Report(string reason, bool isFirst)
    {
        string failure = $"The disk is full: a binlog that is too large for memory can't be received into {Directory} ({reason}). Nothing is lost: the Pump has it. Free some space; no restart is needed.";
        if (isFirst)
        {
            Interlocked.Increment(ref _waiting);
            LogFull(failure);
        }

        Failure = failure;
    }

    internal void Remove(SpoolFile file)
    {
        if (_open.TryRemove(file, out _))
        {
            TryDelete(file.Path);
        }
    }

    private void TryDelete(string path)
    {
        try
        {
            _files.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It only takes space, and the next start tries again.
            LogKept(path, exception.Message);
        }
    }

    private static bool IsOwn(string name) =>
        name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Extension, StringComparison.Ordinal)
        && ulong.TryParse(name.AsSpan()[Prefix.Length..^Extension.Length], NumberStyles.None, CultureInfo.InvariantCulture, out _);

    [LoggerMessage(EventIds.DrainerSpoolFull, LogLevel.Error, "{Reason}")]
    private partial void LogFull(string reason);

    [LoggerMessage(EventIds.DrainerSpoolRemoved, LogLevel.Information, "{Count} binlogs that an earlier process had not finished receiving were removed from {Directory}; Pumps are asked for them again.")]
    private partial void LogRemoved(int count, string directory);

    [LoggerMessage(EventIds.DrainerSpoolKept, LogLevel.Warning, "{Path} is no longer needed and can't be removed: {Reason}")]
    private partial void LogKept(string path, string reason);
}
