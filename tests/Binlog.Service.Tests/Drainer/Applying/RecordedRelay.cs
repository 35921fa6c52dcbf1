using Binlog.Service.Drainer.Merging;
using Binlog.Service.Drainer.Relaying;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Tests.Drainer.Relaying;
using Binlog.TiDB.Records;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Drainer.Applying;

/// <summary>A relay log with the beginning of the recorded stream, watermarks between its transactions, and a start record before it.</summary>
internal sealed class RecordedRelay : IAsyncDisposable
{
    private readonly RelayFolder _folder;

    private RecordedRelay(RelayFolder folder, Relay relay, FileSchemaHistory history)
    {
        _folder = folder;
        Relay = relay;
        History = history;
    }

    public Relay Relay { get; }

    public FileSchemaHistory History { get; }

    public ulong LastCommitTs => Relay.LastCommitTs!.Value;

    /// <summary>Commit TS of the schema changes.</summary>
    public HashSet<ulong> Ddls { get; } = [];

    public static async Task<RecordedRelay> CreateAsync(int binlogs)
    {
        var folder = new RelayFolder();
        var made = new RecordedRelay(folder, await folder.OpenAsync(), new FileSchemaHistory(RecordedStream.PathOf("ddl_history_jobs.jsonl.gz")));
        var writer = new RelayWriter(made.Relay, made.History, TimeProvider.System, NullLogger.Instance);
        await writer.StartAtAsync(0, default);
        var batch = new List<MergedBinlog>();
        List<ReadOnlyMemory<byte>> payloads = [.. RecordedStream.Payloads.Take(binlogs)];
        for (int index = 0; index < payloads.Count; index++)
        {
            ReadOnlyMemory<byte> payload = payloads[index];
            BinlogHeader header = BinlogHeader.Parse(payload.Span);
            batch.Add(RelayFolder.Transaction(payload));
            if (header.IsDdl)
            {
                made.Ddls.Add(header.CommitTs);
            }

            if (batch.Count >= 7 && index + 1 < payloads.Count && BinlogHeader.Parse(payloads[index + 1].Span).CommitTs > header.CommitTs + 1)
            {
                batch.Add(RelayFolder.Watermark(header.CommitTs + 1));
                await writer.WriteAsync(batch, default);
                batch = [];
            }
        }

        // A transaction comes last: watermarks at the end would be applied only now and then.
        Assert.NotEmpty(batch);
        await writer.WriteAsync(batch, default);
        return made;
    }

    public async ValueTask DisposeAsync()
    {
        await Relay.DisposeAsync();
        History.Dispose();
        _folder.Dispose();
    }
}
