using Binlog.RelayLog;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Condensing;
using Binlog.Service.Drainer.Relaying;
using Binlog.Service.Drainer.Translating;
using Binlog.Service.Hosting;
using Binlog.TiDB.Schema;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Drainer.Applying;

/// <summary>
/// Applies the relay log to one opened target, from the target's own checkpoint on, until the target or the caller ends it.
/// Consecutive upstream transactions form a group that shares a downstream transaction; while one group is being applied, the
/// next is translated. A schema change is a barrier.
/// </summary>
internal sealed partial class ApplySession
{
    private static readonly TimeSpan WatermarkInterval = TimeSpan.FromSeconds(3);

    private readonly ITarget _target;
    private readonly Relay _relay;
    private readonly TransactionTranslator _translator;
    private readonly ApplyLimits _limits;
    private readonly ApplyProgress _progress;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Checkpoint _start;
    private readonly BatchCondenser _condenser = new();
    private ApplyGroup _filling = new();
    private ApplyGroup _spare = new();
    private ulong _readUpTo;
    private Task _applying = Task.CompletedTask;
    private long _checkpointedAt;

    public ApplySession(ITarget target, Checkpoint start, TransactionTranslator translator, Relay relay, ApplyLimits limits, ApplyProgress progress, TimeProvider time, ILogger logger)
    {
        _target = target;
        _start = start;
        _readUpTo = start.CommitTs;
        _relay = relay;
        _limits = limits;
        _progress = progress;
        _time = time;
        _logger = logger;
        _translator = translator;
    }

    private long SchemaVersion => _translator.Tracker.Version;

    /// <summary>Runs until cancelled.</summary>
    /// <exception cref="TargetException">The target failed or refused.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using LogReader reader = _relay.Log.OpenReaderAtCommitTs(_start.CommitTs);
        try
        {
            await SkipAppliedAsync(reader, cancellationToken);
            while (true)
            {
                await ReadAvailableAsync(reader, cancellationToken);

                if (!_applying.IsCompletedSuccessfully)
                {
                    await _applying;
                }
                else if (_filling.IsWorthApplying(_time.GetElapsedTime(_checkpointedAt) >= WatermarkInterval))
                {
                    await BeginApplyAsync(cancellationToken);
                }
                else if (!await WaitForMoreAsync(reader, cancellationToken))
                {
                    return;
                }
            }
        }
        finally
        {
            await _applying.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Waits for a record, but not beyond the time at which a point in time that was read is due: it may be the last one for long.</summary>
    private async Task<bool> WaitForMoreAsync(LogReader reader, CancellationToken cancellationToken)
    {
        if (_filling.IsEmpty)
        {
            return await reader.WaitForMoreAsync(cancellationToken);
        }

        TimeSpan left = WatermarkInterval - _time.GetElapsedTime(_checkpointedAt);
        using var due = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, due.Token);
        try
        {
            return await reader.WaitForMoreAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return true;
        }
    }

    private async ValueTask ReadAvailableAsync(LogReader reader, CancellationToken cancellationToken)
    {
        try
        {
            while (reader.TryRead(out LogRecord record))
            {
                await AddAsync(record, cancellationToken);
            }
        }
        catch (LogGapException)
        {
            // What stands before the gap is complete; nothing behind it may be applied.
            await BeginApplyAsync(cancellationToken);
            await _applying;
            throw;
        }
    }

    /// <summary>Passes over what the target has. It counts as applied, or a log that is full of it would never have room again.</summary>
    private async Task SkipAppliedAsync(LogReader reader, CancellationToken cancellationToken)
    {
        while (reader.TryRead(out LogRecord record))
        {
            if (record.Tag.CommitTs > _start.CommitTs)
            {
                await _relay.MarkAppliedAsync(record.Position, cancellationToken);
                await AddAsync(record, cancellationToken);
                return;
            }
        }

        await _relay.MarkAppliedAsync(reader.Position, cancellationToken);
    }

    private async ValueTask AddAsync(LogRecord record, CancellationToken cancellationToken)
    {
        if ((RelayRecordKind)record.Tag.Kind == RelayRecordKind.Start)
        {
            throw new DrainerException(
                $"The relay log in {_relay.Directory} lacks what lies between commit TS {_readUpTo} and {record.Tag.CommitTs}: it went on there for a target that had it, and {_target.Name} has not. "
                + "Nothing after the gap was applied. Restore the target, or, if the Pumps still have that range, move the relay directory away and start again.");
        }

        _readUpTo = record.Tag.CommitTs;
        switch ((RelayRecordKind)record.Tag.Kind)
        {
            case RelayRecordKind.Transaction:
                await _translator.TranslateAsync(record.Payload, _filling.Batch, cancellationToken);
                _filling.Add(record, SchemaVersion, isTransaction: true);
                break;

            case RelayRecordKind.Ddl:
                await ApplyDdlAsync(record, cancellationToken);
                break;

            case RelayRecordKind.Watermark:
                _filling.Add(record, SchemaVersion, isTransaction: false);
                break;

            default:
                throw new DrainerException($"The relay log's record at commit TS {record.Tag.CommitTs}, {record.Position}, is of the unknown kind {record.Tag.Kind}. A newer version wrote it: use that version, or a newer one.");
        }

        if (_filling.IsFull(_limits))
        {
            await BeginApplyAsync(cancellationToken);
        }
    }

    private async Task ApplyDdlAsync(LogRecord record, CancellationToken cancellationToken)
    {
        (ReadOnlyMemory<byte> jobJson, ReadOnlyMemory<byte> binlog) = RelayDdl.Split(record.Payload, record.Tag.CommitTs);
        DdlJob job = RelayDdl.ParseJob(jobJson.Span, record.Tag.CommitTs);
        SchemaChange? change = await _translator.TranslateDdlAsync(binlog, job, cancellationToken);
        if (change is null)
        {
            _filling.Add(record, SchemaVersion, isTransaction: true);
            return;
        }

        await BeginApplyAsync(cancellationToken);
        await _applying;
        await _target.ApplySchemaChangeAsync(change, new Checkpoint(record.Tag.CommitTs, SchemaVersion), cancellationToken);
        LogSchemaChange(record.Tag.CommitTs, job.Id, job.Type, change.Query);
        _progress.Add(record.Tag.CommitTs, 0, 0, 1, _time.GetUtcNow());
        await _relay.MarkAppliedAsync(record.End, cancellationToken);
    }

    private async Task BeginApplyAsync(CancellationToken cancellationToken)
    {
        if (_filling.IsEmpty)
        {
            return;
        }

        await _applying;
        (_filling, _spare) = (_spare, _filling);
        _applying = ApplyAsync(_spare, cancellationToken);
    }

    private async Task ApplyAsync(ApplyGroup group, CancellationToken cancellationToken)
    {
        await Task.Yield();
        RowCounts rows = RowCounts.Of(group.Batch.Rows);
        if (_target.TakesCondensedBatches)
        {
            _condenser.Condense(group.Batch);
        }

        await _target.ApplyAsync(group.Batch, group.Checkpoint, cancellationToken);
        _checkpointedAt = _time.GetTimestamp();
        _progress.Applied.Add(rows);
        _progress.Add(group.Checkpoint.CommitTs, group.Transactions, rows.Total, 0, _time.GetUtcNow());
        await _relay.MarkAppliedAsync(group.End, cancellationToken);
        group.Clear();
    }

    [LoggerMessage(EventIds.DrainerSchemaChange, LogLevel.Information, "Applied DDL job {JobId} ({Type}) at commit TS {CommitTs}: {Query}")]
    private partial void LogSchemaChange(ulong commitTs, long jobId, DdlActionType type, string query);
}
