using Binlog.RelayLog;
using Binlog.Service.Downstream;
using Binlog.Service.Drainer.Relaying;
using Binlog.Service.Drainer.Translating;
using Binlog.Service.Hosting;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Drainer.Applying;

/// <summary>
/// Applies the relay log to one opened target, from the target's own checkpoint on, until the target or the caller ends it.
/// Consecutive upstream transactions form a group that shares a downstream transaction; while groups are being applied, the
/// next is translated. A schema change is a barrier, and so is a transaction that is too large for memory.
/// </summary>
internal sealed partial class ApplySession
{
    private static readonly TimeSpan WatermarkInterval = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan KeepAliveInterval = TimeSpan.FromMinutes(1);

    private readonly ITarget _target;
    private readonly Relay _relay;
    private readonly TransactionTranslator _translator;
    private readonly ApplyTuning _tuning;
    private readonly ApplyProgress _progress;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Checkpoint _start;
    private readonly ApplyDoubt _doubt;
    private ApplyGroup _filling = new();
    private PipelineSwitch? _pipeline;
    private ulong _readUpTo;
    private long _checkpointedAt;
    private long _keptAliveAt;

    public ApplySession(ITarget target, Checkpoint start, TransactionTranslator translator, Relay relay, ApplyTuning tuning, ApplyProgress progress, TimeProvider time, ILogger logger)
    {
        _target = target;
        _start = start;
        _readUpTo = start.CommitTs;
        _relay = relay;
        _tuning = tuning;
        _progress = progress;
        _time = time;
        _logger = logger;
        _translator = translator;
        _doubt = new ApplyDoubt(target);
    }

    private PipelineSwitch Pipeline => _pipeline ?? throw new InvalidOperationException("The session isn't running.");

    private long SchemaVersion => _translator.Tracker.Version;

    /// <summary>Runs until cancelled.</summary>
    /// <exception cref="TargetException">The target failed or refused.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using LogReader reader = OpenReader();
        await using PipelineSwitch pipeline = OpenPipeline(cancellationToken);
        _pipeline = pipeline;
        _keptAliveAt = _time.GetTimestamp();
        await pipeline.PrepareAsync(cancellationToken);
        await SkipAppliedAsync(reader, cancellationToken);
        while (true)
        {
            await HoldWhilePausedAsync(cancellationToken);
            await KeepAliveAsync(cancellationToken);
            await ReadAvailableAsync(reader, cancellationToken);
            if (_doubt.Lacks(_filling) || !_filling.IsWorthApplying(_time.GetElapsedTime(_checkpointedAt) >= WatermarkInterval))
            {
                if (!await WaitForMoreAsync(reader, cancellationToken))
                {
                    return;
                }
            }
            else if (pipeline.HasRoom)
            {
                await BeginApplyAsync(cancellationToken);
            }
            else
            {
                await pipeline.WaitForRoomAsync();
            }
        }
    }

    /// <summary>Applies everything that the relay log has now; returns when it is durable in the target.</summary>
    /// <exception cref="TargetException">The target failed or refused.</exception>
    /// <exception cref="RelayLogException">The relay log is damaged or has a gap; what comes before is durable in the target.</exception>
    public async Task RunToEndAsync(CancellationToken cancellationToken)
    {
        using LogReader reader = OpenReader();
        await using PipelineSwitch pipeline = OpenPipeline(cancellationToken);
        _pipeline = pipeline;
        _keptAliveAt = _time.GetTimestamp();
        await SkipAppliedAsync(reader, cancellationToken);
        await ReadAvailableAsync(reader, cancellationToken);
        await FinishAsync(cancellationToken);
        if (_doubt.Lacks(_filling))
        {
            throw new DrainerException(FormattableString.Invariant(
                $"{_target.Name} may hold everything up to commit TS {_target.AnyUpTo}, all of it or none, and the relay log in {_relay.Directory} ends at {_readUpTo}, before that. Nothing of it was applied. Use the relay log that was applied before, or let a Drainer pull the rest."));
        }
    }

    private LogReader OpenReader()
    {
        LogReader reader = _relay.Log.OpenReaderAtCommitTs(_start.CommitTs);
        SelectLarge(reader);
        return reader;
    }

    /// <summary>Says which records are read in pieces. The limits may change meanwhile; what may have been part of a group that is in doubt as a whole stays part of it.</summary>
    private void SelectLarge(LogReader reader)
    {
        int above = _doubt.IsWholeAfter(_readUpTo) ? ApplyLimits.MostLargeBytes : _tuning.Limits.LargeBytes;
        if (reader.Large?.AboveBytes != above)
        {
            reader.Large = new LargeRecordSelection(above, static tag => tag.Kind == (ushort)RelayRecordKind.Transaction);
        }
    }

    private PipelineSwitch OpenPipeline(CancellationToken cancellationToken)
    {
        if (_doubt.IsAfter(_start.CommitTs))
        {
            LogInDoubt(_target.Name, _start.CommitTs, _doubt.UpTo);
        }

        return new(_target, _start, _doubt, _tuning, _progress, _time, AppliedAsync, cancellationToken);
    }

    private async ValueTask ReadAvailableAsync(LogReader reader, CancellationToken cancellationToken)
    {
        try
        {
            while (reader.TryRead(out LogRecord record))
            {
                await HoldWhilePausedAsync(cancellationToken);
                await KeepAliveAsync(cancellationToken);
                await AddAsync(record, cancellationToken);
                SelectLarge(reader);
            }
        }
        catch (RelayLogException)
        {
            // What stands before a gap or damage is complete; nothing behind it may be applied.
            await FinishAsync(cancellationToken);
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
                _relay.NoteApplied(record.Sequence - 1);
                await _relay.MarkAppliedAsync(record.Position, cancellationToken);
                await HoldWhilePausedAsync(cancellationToken);
                await AddAsync(record, cancellationToken);
                return;
            }

            _relay.NoteApplied(record.Sequence);
        }

        await _relay.MarkAppliedAsync(reader.Position, cancellationToken);
    }

    private async ValueTask AddAsync(LogRecord record, CancellationToken cancellationToken)
    {
        if ((RelayRecordKind)record.Tag.Kind == RelayRecordKind.Start)
        {
            await FinishAsync(cancellationToken);
            throw new DrainerException(
                $"The relay log in {_relay.Directory} lacks what lies between commit TS {_readUpTo} and {record.Tag.CommitTs}: it went on there for a target that had it, and {_target.Name} has not. "
                + "Nothing after the gap was applied. Restore the target, or, if the Pumps still have that range, move the relay directory away and start again.");
        }

        if (_doubt.MustEnd(_filling, record.Tag.CommitTs))
        {
            await BeginApplyAsync(cancellationToken);
        }

        _readUpTo = record.Tag.CommitTs;
        switch ((RelayRecordKind)record.Tag.Kind)
        {
            case RelayRecordKind.Transaction when record.Large is { } large:
                await ApplyLargeAsync(record, large, cancellationToken);
                break;

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

        if (_filling.IsFull(_tuning.Limits) && !_doubt.Lacks(_filling))
        {
            await BeginApplyAsync(cancellationToken);
        }
    }

    private async Task BeginApplyAsync(CancellationToken cancellationToken)
    {
        if (!_filling.IsEmpty)
        {
            _doubt.ExpectRepeatable(_filling.Batch, _filling.Checkpoint.CommitTs, _start.CommitTs);
            _filling = await Pipeline.SubmitAsync(_filling, cancellationToken);
        }
    }

    /// <summary>Returns when everything that was read is durable in the target, but for a beginning of what is in doubt as a whole: half of it would take the target back.</summary>
    private async Task FinishAsync(CancellationToken cancellationToken)
    {
        if (!_doubt.Lacks(_filling))
        {
            await BeginApplyAsync(cancellationToken);
        }

        await Pipeline.DrainAsync();
    }

    private ValueTask AppliedAsync(ApplyGroup group, RowCounts rows) =>
        AppliedAsync(group.Checkpoint.CommitTs, group.Transactions, rows, group.LastSequence, group.End);

    private ValueTask AppliedAsync(ulong commitTs, int transactions, RowCounts rows, ulong sequence, LogPosition end)
    {
        _checkpointedAt = _time.GetTimestamp();
        _progress.Applied.Add(rows);
        DateTimeOffset now = _time.GetUtcNow();
        _progress.Add(commitTs, transactions, rows.Total, 0, now);
        _progress.Timings.Moved(commitTs, now);
        _relay.NoteApplied(sequence);
        return new ValueTask(_relay.MarkAppliedAsync(end, CancellationToken.None));
    }

    [LoggerMessage(EventIds.DrainerInDoubt, LogLevel.Information, "{Target} may hold changes after commit TS {CommitTs} up to {UpTo}: these are applied as ones that may have been made before. Rows that are there already or missing are not noticed up to there.")]
    private partial void LogInDoubt(string target, ulong commitTs, ulong upTo);
}
