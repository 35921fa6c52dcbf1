using System.IO.Compression;

namespace Binlog.Service.Drainer.Schema;

/// <summary>One reading of a history file: its lines, by job and by schema version.</summary>
internal sealed class HistoryFile
{
    private readonly string _path;
    private readonly long _length;
    private readonly DateTime _changedAt;
    private readonly Dictionary<long, HistoryLine> _byJob = [];
    private readonly List<HistoryLine> _applicable = [];

    private HistoryFile(FileInfo file)
    {
        _path = file.FullName;
        _length = file.Length;
        _changedAt = file.LastWriteTimeUtc;
    }

    /// <summary>The newest schema version that a job in the file made; 0 for an empty file.</summary>
    public long NewestVersion => _applicable.Count == 0 ? 0 : _applicable[^1].Head.SchemaVersion;

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
    public bool TryFind(long jobId, out HistoryLine line) => _byJob.TryGetValue(jobId, out line);

    /// <summary>Jobs that took effect after one version and up to another, by version.</summary>
    public IEnumerable<HistoryLine> Applicable(long after, long upTo) =>
        _applicable.SkipWhile(line => line.Head.SchemaVersion <= after).TakeWhile(line => line.Head.SchemaVersion <= upTo);

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
                Add(ReadLine(number, json));
            }
        }

        _applicable.Sort((left, right) => left.Head.SchemaVersion.CompareTo(right.Head.SchemaVersion));
    }

    private void Add(HistoryLine line)
    {
        if (!_byJob.TryAdd(line.Head.Id, line))
        {
            if (_byJob[line.Head.Id].Json.Span.SequenceEqual(line.Json.Span))
            {
                return;
            }

            throw Damaged(line.Number, $"job {line.Head.Id} stands in line {_byJob[line.Head.Id].Number} already, with other content.", null);
        }

        if (line.Head.IsApplicable)
        {
            _applicable.Add(line);
        }
    }

    private HistoryLine ReadLine(int number, ReadOnlyMemory<byte> json)
    {
        try
        {
            return new HistoryLine(number, JobHead.Read(json.Span), json);
        }
        catch (FormatException exception)
        {
            throw Damaged(number, $"{exception.Message.TrimEnd('.')}.", exception);
        }
    }
}
