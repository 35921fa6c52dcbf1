using System.IO.Compression;

namespace Binlog.Service.Drainer.Schema;

/// <summary>One reading of a history file: its lines, by job and by schema version.</summary>
internal sealed class HistoryFile
{
    private readonly string _path;
    private readonly long _length;
    private readonly DateTime _changedAt;
    private readonly HistoryIndex<HistoryLine> _index = new();

    private HistoryFile(FileInfo file)
    {
        _path = file.FullName;
        _length = file.Length;
        _changedAt = file.LastWriteTimeUtc;
    }

    /// <summary>The newest schema version that a job in the file made; 0 for an empty file.</summary>
    public long NewestVersion { get; private set; }

    /// <summary>Reads the file.</summary>
    /// <exception cref="SchemaHistoryException">It is missing, unreadable, or a line is no job.</exception>
    public static async Task<HistoryFile> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var info = new FileInfo(path);
        try
        {
            var file = new HistoryFile(info);
            file.Index(await ReadBytesAsync(path, cancellationToken));
            return file;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new SchemaHistoryException(
                $"Cannot read the DDL history file {path}: {exception.Message} It must be a readable file with one job's JSON per line, plain or gzip; " +
                "check drainer.schemaHistory.path.",
                innerException: exception);
        }
    }

    /// <summary>Whether the file on disk still is what was read.</summary>
    public bool IsCurrent()
    {
        var now = new FileInfo(_path);
        return now.Exists && now.Length == _length && now.LastWriteTimeUtc == _changedAt;
    }

    /// <summary>Finds a job.</summary>
    public bool TryFind(long jobId, out HistoryLine line) => _index.TryFind(jobId, out line);

    /// <summary>Jobs that took effect after one version and up to another, by version.</summary>
    public IEnumerable<HistoryLine> Applicable(long after, long upTo) => _index.Applicable(after, upTo);

    /// <summary>The error for a line that is no job.</summary>
    public SchemaHistoryException Damaged(int lineNumber, string reason, Exception? cause) => new(
        $"The DDL history file {_path} is damaged in line {lineNumber}: {reason} Each line must be the JSON of one DDL job as TiDB stores it; " +
        "export the history again.",
        innerException: cause);

    private static async Task<byte[]> ReadBytesAsync(string path, CancellationToken cancellationToken)
    {
        byte[] bytes = await File.ReadAllBytesAsync(path, cancellationToken);
        if (bytes is not [0x1f, 0x8b, ..])
        {
            return bytes;
        }

        using var plain = new MemoryStream();
        using var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        await gzip.CopyToAsync(plain, cancellationToken);
        return plain.ToArray();
    }

    private void Index(byte[] bytes)
    {
        int start = 0;
        for (int number = 1; start < bytes.Length; number++)
        {
            int end = Array.IndexOf(bytes, (byte)'\n', start);
            int next = end < 0 ? bytes.Length : end + 1;
            ReadOnlyMemory<byte> json = bytes.AsMemory(start, (end < 0 ? bytes.Length : end) - start);
            start = next;
            if (json.Span.ContainsAnyExcept(" \t\r"u8))
            {
                Add(new HistoryLine(number, json));
            }
        }

        // Sorts, so that the index is only read from now on, by several callers at a time.
        NewestVersion = _index.NewestVersion;
    }

    private void Add(HistoryLine line)
    {
        JobHead head;
        try
        {
            head = JobHead.Read(line.Json.Span);
        }
        catch (FormatException exception)
        {
            throw Damaged(line.Number, exception.Message, exception);
        }

        if (!_index.TryAdd(head, line) && _index.TryFind(head.JobId, out HistoryLine first) && !first.Json.Span.SequenceEqual(line.Json.Span))
        {
            throw Damaged(line.Number, $"job {head.JobId} stands in line {first.Number} already, with other content.", null);
        }
    }
}
