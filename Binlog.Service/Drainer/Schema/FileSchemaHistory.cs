using System.Runtime.CompilerServices;
using Binlog.TiDB;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Drainer.Schema;

/// <summary>
/// The DDL history as a file: one job's JSON per line, in any order, plain or gzip (by its first bytes). Jobs are kept as
/// the bytes they came in and parsed when they are asked for. The file is read again when a job is missing and the file has changed.
/// </summary>
internal sealed class FileSchemaHistory : IOpenSchemaHistory, IDisposable
{
    private readonly string _path;
    private readonly SemaphoreSlim _reading = new(1, 1);
    private volatile HistoryFile? _file;

    /// <summary>Names the file; it is read at first use.</summary>
    /// <param name="path">The file.</param>
    public FileSchemaHistory(string path) => _path = Path.GetFullPath(path);

    /// <inheritdoc/>
    public string Name => _path;

    /// <inheritdoc/>
    public string? Failure => null;

    /// <inheritdoc/>
    public async Task<SchemaHistoryEntry?> FindAsync(long jobId, CancellationToken cancellationToken)
    {
        HistoryFile file = await ReadAsync(current => true, cancellationToken);
        if (!file.TryFind(jobId, out HistoryLine line))
        {
            file = await ReadAsync(current => current.IsCurrent(), cancellationToken);
            if (!file.TryFind(jobId, out line))
            {
                return null;
            }
        }

        return new SchemaHistoryEntry(Parse(file, line), line.Json);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<DdlJob> JobsAfterAsync(
        long schemaVersion, long upToVersion, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        HistoryFile file = await ReadAsync(current => current.NewestVersion >= upToVersion || current.IsCurrent(), cancellationToken);
        foreach (HistoryLine line in file.Applicable(schemaVersion, upToVersion))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return Parse(file, line);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _reading.Dispose();

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private static DdlJob Parse(HistoryFile file, HistoryLine line)
    {
        try
        {
            return DdlJob.Parse(line.Json.Span);
        }
        catch (TiDBFormatException exception)
        {
            throw file.Damaged(line.Number, exception.Message, exception);
        }
    }

    private async Task<HistoryFile> ReadAsync(Func<HistoryFile, bool> isGoodEnough, CancellationToken cancellationToken)
    {
        if (_file is { } known && isGoodEnough(known))
        {
            return known;
        }

        await _reading.WaitAsync(cancellationToken);
        try
        {
            if (_file is not { } current || !isGoodEnough(current))
            {
                current = await HistoryFile.ReadAsync(_path, cancellationToken);
                _file = current;
            }

            return current;
        }
        finally
        {
            _reading.Release();
        }
    }
}
