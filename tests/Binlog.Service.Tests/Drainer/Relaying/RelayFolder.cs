using Binlog.RelayLog;
using Binlog.RelayLog.Files;
using Binlog.Service.Drainer.Merging;
using Binlog.Service.Drainer.Relaying;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Drainer.Relaying;

/// <summary>A folder with a relay log in small segments.</summary>
internal sealed class RelayFolder : IDisposable
{
    public const long SegmentBytes = 4096;

    private readonly TemporaryDirectory _directory = new();

    public ILogFileSystem Files { get; init; } = new SegmentedLogOptions { Directory = "." }.FileSystem;

    public long MaxBytes { get; init; } = 1 << 30;

    public TimeSpan? MaxAge { get; init; }

    /// <summary>Where the log is.</summary>
    public string Path => _directory.Combine("relay");

    public Task<Relay> OpenAsync(ILogger? logger = null) => Relay.OpenAsync(
        new SegmentedLogOptions { Directory = Path, Name = "relay log", ClusterId = 1, SegmentSizeBytes = SegmentBytes, MaxRecordBytes = int.MaxValue, FileSystem = Files },
        new RelayLimits(MaxBytes, MaxAge),
        logger ?? NullLogger.Instance,
        TestContext.Current.CancellationToken);

    public void Dispose() => _directory.Dispose();

    /// <summary>Every record, in order.</summary>
    public static List<(RelayRecordKind Kind, ulong CommitTs)> Records(Relay relay)
    {
        var records = new List<(RelayRecordKind, ulong)>();
        using LogReader reader = relay.Log.OpenReader(default);
        while (reader.TryRead(out LogRecord record))
        {
            records.Add(((RelayRecordKind)record.Tag.Kind, record.Tag.CommitTs));
        }

        return records;
    }

    public static MergedBinlog Watermark(ulong commitTs) => new(commitTs, commitTs, true, default, "p1");

    public static MergedBinlog Transaction(ReadOnlyMemory<byte> payload)
    {
        Binlog.TiDB.Records.BinlogHeader header = Binlog.TiDB.Records.BinlogHeader.Parse(payload.Span);
        return new MergedBinlog(header.CommitTs, header.StartTs, false, payload, "p1");
    }

    /// <summary>A transaction without rows, of about the given size.</summary>
    public static MergedBinlog Transaction(ulong commitTs, int bytes = 0) =>
        Transaction(new Translating.BinlogBuilder(0).Table(1).Insert(1, 1, new string('x', bytes)).Commit(commitTs));
}
