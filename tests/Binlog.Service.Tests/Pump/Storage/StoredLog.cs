using Binlog.RelayLog;
using Binlog.Service.Pump.Sorting;

namespace Binlog.Service.Tests.Pump.Storage;

/// <summary>Reads what a stopped Pump's log holds.</summary>
internal sealed class StoredLog : IAsyncDisposable
{
    private readonly SegmentedLog _log;

    private StoredLog(SegmentedLog log) => _log = log;

    public static async Task<StoredLog> OpenAsync(string directory, ulong clusterId) =>
        new(await SegmentedLog.OpenAsync(new SegmentedLogOptions { Directory = directory, Name = "pump store", ClusterId = clusterId }, TestContext.Current.CancellationToken));

    public async Task AppendAsync(PumpRecordKind kind, ulong startTs, ulong commitTs, byte[] payload) =>
        await _log.AppendAsync(new RecordTag((ushort)kind, startTs, commitTs), payload, TestContext.Current.CancellationToken);

    public List<PumpRecordKind> Kinds() => Read(record => (PumpRecordKind)record.Tag.Kind);

    public List<byte[]> Payloads() => Read(record => record.Payload.ToArray());

    private List<T> Read<T>(Func<LogRecord, T> take)
    {
        var taken = new List<T>();
        using LogReader reader = _log.OpenReader(_log.Start);
        while (reader.TryRead(out LogRecord record))
        {
            taken.Add(take(record));
        }

        return taken;
    }

    public ValueTask DisposeAsync() => _log.DisposeAsync();
}
