using Binlog.RelayLog;
using Binlog.Service.Downstream;
using Binlog.Service.Drainer.Applying.Large;
using Binlog.Service.Hosting;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Drainer.Applying;

/// <content>Transactions that are too large for memory.</content>
internal sealed partial class ApplySession
{
    private async Task ApplyLargeAsync(LogRecord record, LargeRecord large, CancellationToken cancellationToken)
    {
        ulong commitTs = record.Tag.CommitTs;
        var underWay = new LargeTransactionUnderWay(commitTs, large.Length, _time.GetUtcNow());
        LogLargeBegun(commitTs, large.Length, large.Position);
        _progress.Large = underWay;
        RowCounts rows;
        try
        {
            // What stands before it goes on meanwhile.
            await BeginApplyAsync(cancellationToken);
            LargeApplier.Verify(large, cancellationToken);
            await FinishAsync(cancellationToken);
            var applier = new LargeApplier(_target, _translator, _tuning.Limits, Pipeline.RepetitionOf(commitTs), batch => _doubt.ExpectRepeatable(batch, commitTs, _start.CommitTs), _progress.Applied, KeepAliveAsync, _logger);
            rows = await Pipeline.RunAloneAsync((worker, token) => applier.RunAsync(large, underWay, worker, token), cancellationToken);
        }
        finally
        {
            _progress.Large = null;
        }

        await AppliedAsync(commitTs, 1, rows, record.Sequence, record.End);
        LogLargeApplied(commitTs, large.Length, rows.Total, (_time.GetUtcNow() - underWay.Since).TotalSeconds);
    }

    [LoggerMessage(EventIds.DrainerLargeBegun, LogLevel.Information, "The transaction with commit TS {CommitTs}, {Bytes} bytes at {Position} of the relay log, is applied in pieces, alone; nothing of it is seen before its commit.")]
    private partial void LogLargeBegun(ulong commitTs, int bytes, LogPosition position);

    [LoggerMessage(EventIds.DrainerLargeApplied, LogLevel.Information, "Applied the transaction with commit TS {CommitTs}: {Bytes} bytes, {Rows} rows, in {Seconds:0.0} s.")]
    private partial void LogLargeApplied(ulong commitTs, int bytes, int rows, double seconds);
}
