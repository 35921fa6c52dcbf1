using Binlog.RelayLog;
using Binlog.Service.Pump.Debugging;
using Binlog.Service.Pump.Sorting;
using Binlog.Service.Pump.Storage;

namespace Binlog.Service.Tests.Pump.Debugging;

/// <summary>Binlogs in a real log, found by what a test says.</summary>
internal sealed class LoggedBinlogs(SegmentedLog log) : IStoredBinlogs
{
    private readonly Dictionary<ulong, StoredBinlog> _known = [];

    public async Task<LogPosition> AppendAsync(byte[] payload) => await log.AppendAsync(default, payload, TestContext.Current.CancellationToken);

    public void Know(PumpRecordKind kind, ulong startTs, ulong commitTs, LogPosition prewrite, LogPosition commit) =>
        _known[kind == PumpRecordKind.Prewrite ? startTs : commitTs] = new StoredBinlog(kind, startTs, commitTs, prewrite, commit);

    /// <summary>What finding fails with; null finds.</summary>
    public Exception? Failure { get; set; }

    public StoredBinlog? Find(ulong ts) => Failure is { } failure ? throw failure : _known.GetValueOrDefault(ts);

    public LargeRecord Open(LogPosition position) => log.FindAt(position) ?? throw new InvalidOperationException("not there");
}
