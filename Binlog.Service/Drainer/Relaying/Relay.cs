using System.Globalization;
using Binlog.RelayLog;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;
using Binlog.Service.Signals;
using Binlog.TiDB;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Drainer.Relaying;

/// <summary>
/// The relay log as the Drainer sees it: what is flushed, what is applied, and how much may lie between the two. Thread-safe:
/// one writer, one applier, any number that ask.
/// </summary>
internal sealed partial class Relay : IAsyncDisposable
{
    private readonly RelayLimits _limits;
    private readonly AdvanceSignal _applied = new();
    private readonly Lock _lock = new();
    private LogPosition _appliedPosition;
    private long _appliedBytes;
    private ulong _appliedSequence;
    private ulong? _firstCommitTs;
    private ulong? _lostUpTo;
    private bool _beginsWithStart;

    private Relay(SegmentedLog log, string directory, RelayLimits limits)
    {
        Log = log;
        Directory = directory;
        _limits = limits;
        _appliedPosition = log.Start;
    }

    /// <summary>Where the log is.</summary>
    public string Directory { get; }

    /// <summary>The log.</summary>
    public SegmentedLog Log { get; }

    /// <summary>Commit TS of the newest flushed record; null when the log is empty.</summary>
    public ulong? LastCommitTs { get; private set; }

    /// <summary>Whether the log still has its very first record, so that an empty target can be filled from it.</summary>
    public bool HasBeginning => _beginsWithStart && Log.BaseCommitTs == 0;

    /// <summary>
    /// Nothing up to this commit TS is needed for what the log has, up to <see cref="LastCommitTs"/>; null when the log never had a
    /// record. A gap further on shows as a start record.
    /// </summary>
    public ulong? CompleteAfter => _lostUpTo is { } lost ? Math.Max(lost, Log.BaseCommitTs)
        : Log.BaseCommitTs is > 0 and ulong removed ? removed
        : _firstCommitTs;

    /// <summary>Why nothing can be appended at present; null when all is well.</summary>
    public string? Failure { get; set; }

    /// <summary>Why nothing is appended although nothing has failed: too much waits to be applied. Null when it isn't so.</summary>
    public string? Held { get; private set; }

    /// <summary>The log of a Drainer's data directory.</summary>
    public static SegmentedLogOptions OptionsOf(string dataDirectory, ulong clusterId, RelayOptions options) => new()
    {
        Directory = Path.Combine(dataDirectory, "relay"),
        Name = "relay log",
        ClusterId = clusterId,
        SegmentSizeBytes = options.SegmentSizeBytes,
    };

    /// <summary>Opens the log and recovers it. One that lost its end is opened too: Pumps are asked for whatever comes after what is left.</summary>
    /// <remarks>
    /// One that lost its first record is opened when something bounds what is lost: targets that are beyond need nothing of it, and all others
    /// are refused (<see cref="CompleteAfter"/>).
    /// </remarks>
    /// <exception cref="RelayLogException">The log is damaged, in use, or can't be read.</exception>
    public static async Task<Relay> OpenAsync(SegmentedLogOptions options, RelayLimits limits, ILogger logger, CancellationToken cancellationToken)
    {
        SegmentedLog log = await SegmentedLog.OpenAsync(options with { AcceptMissingEnd = true }, cancellationToken);
        try
        {
            var relay = new Relay(log, options.Directory, limits);
            relay.ReadBeginning(logger);
            relay.Report(log.Recovery, logger);
            return relay;
        }
        catch
        {
            await log.DisposeAsync();
            throw;
        }
    }

    /// <summary>Notes that a start record has been flushed.</summary>
    public void MarkStarted(ulong commitTs)
    {
        _beginsWithStart |= LastCommitTs is null;
        _firstCommitTs ??= commitTs;
        LastCommitTs = commitTs;
    }

    /// <summary>Notes what has been flushed.</summary>
    public void MarkFlushed(ulong commitTs) => LastCommitTs = commitTs;

    /// <summary>Notes that everything before a position is applied, lets a waiting writer go on, and removes segments that are no longer needed.</summary>
    public async Task MarkAppliedAsync(LogPosition position, CancellationToken cancellationToken)
    {
        bool isNewSegment;
        lock (_lock)
        {
            isNewSegment = position.Segment != _appliedPosition.Segment;
            _appliedBytes += isNewSegment ? position.Offset : Math.Max(position.Offset - _appliedPosition.Offset, 0);
            _appliedPosition = position;
        }

        _applied.Pulse();
        if (isNewSegment)
        {
            await ApplyRetentionAsync(cancellationToken);
        }
    }

    /// <summary>Removes the applied segments that the limits let go.</summary>
    /// <exception cref="RelayLogException">A file can't be removed.</exception>
    public async Task ApplyRetentionAsync(CancellationToken cancellationToken)
    {
        LogPosition applied;
        lock (_lock)
        {
            applied = _appliedPosition;
        }

        await Log.ApplyRetentionAsync(new RetentionPolicy { KeepFrom = applied, MaxBytes = _limits.MaxBytes }, cancellationToken);
        if (FirstYoungSegment() is { } young)
        {
            var start = new LogPosition(young, 0);
            await Log.ApplyRetentionAsync(new RetentionPolicy { KeepFrom = start < applied ? start : applied }, cancellationToken);
        }
    }

    /// <summary>Notes the number of the last record that is applied.</summary>
    public void NoteApplied(ulong sequence) => Volatile.Write(ref _appliedSequence, sequence);

    /// <summary>Records that are flushed and not applied yet, points in time included.</summary>
    public ulong BacklogRecords => Log.LastSequence is var last && Volatile.Read(ref _appliedSequence) is var applied && last > applied ? last - applied : 0;

    /// <summary>Bytes that have been applied since the start, about.</summary>
    public long AppliedBytes => Interlocked.Read(ref _appliedBytes);

    /// <summary>The most bytes that may wait to be applied.</summary>
    public long MaxBytes => _limits.MaxBytes;

    /// <summary>Bytes that are flushed and not applied yet.</summary>
    public long BacklogBytes()
    {
        lock (_lock)
        {
            long bytes = 0;
            foreach (SegmentInfo segment in Log.Segments)
            {
                bytes += segment.Number > _appliedPosition.Segment ? segment.Bytes
                    : segment.Number == _appliedPosition.Segment ? segment.Bytes - _appliedPosition.Offset
                    : 0;
            }

            return bytes;
        }
    }

    /// <summary>Completes when fewer bytes than the configured limit wait to be applied.</summary>
    public async ValueTask WaitForRoomAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task next = _applied.Next;
            if (BacklogBytes() < _limits.MaxBytes)
            {
                Held = null;
                return;
            }

            Held = string.Create(
                CultureInfo.InvariantCulture,
                $"the relay log is full: {_limits.MaxBytes} bytes (drainer.relay.maxSize) wait to be applied; nothing more is taken from the Pumps until the target has taken some of it");
            await next.WaitAsync(cancellationToken);
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => Log.DisposeAsync();

    /// <summary>The first segment that has, or will have, something younger than the limit of age; null when there is no limit.</summary>
    private ulong? FirstYoungSegment()
    {
        var newest = new Tso(Log.HighestCommitTs);
        if (_limits.MaxAge is not { } age || newest.PhysicalMilliseconds <= age.TotalMilliseconds)
        {
            return null;
        }

        ulong oldest = Tso.FromParts(newest.PhysicalMilliseconds - (long)age.TotalMilliseconds, 0).Value;
        IReadOnlyList<SegmentInfo> segments = Log.Segments;
        ulong young = segments[0].Number;
        foreach (SegmentInfo segment in segments.Skip(1).TakeWhile(segment => segment.BaseCommitTs < oldest))
        {
            young = segment.Number;
        }

        return young;
    }

    private void ReadBeginning(ILogger logger)
    {
        try
        {
            using LogReader reader = Log.OpenReader(Log.Start);
            reader.IsPayloadNeedless = static _ => true;
            if (reader.TryRead(out LogRecord first))
            {
                _beginsWithStart = first.Tag.Kind == (ushort)RelayRecordKind.Start;
                _firstCommitTs = first.Tag.CommitTs;
                LastCommitTs = Log.Recovery.LastTag?.CommitTs ?? first.Tag.CommitTs;
            }
        }
        catch (RelayLogException exception) when (BoundOf(exception) is { } bound)
        {
            _lostUpTo = bound;
            LastCommitTs = Log.Recovery.LastTag?.CommitTs ?? bound;
            LogBeginningLost(logger, Directory, bound, exception.Message);
        }
    }

    /// <summary>No record that is lost at the log's beginning has a commit TS above this one; null when nothing tells.</summary>
    /// <remarks>A gap knows by itself. What a damaged record was nobody knows, but the next segment says what came before it.</remarks>
    private ulong? BoundOf(RelayLogException exception) => exception switch
    {
        LogGapException { HighestCommitTs: { } highest } => highest,
        LogGapException or CorruptLogException when Log.Segments is [_, var second, ..] => second.BaseCommitTs,
        _ => null,
    };

    private void Report(RecoveryReport recovery, ILogger logger)
    {
        if (recovery.MissingEnd is { } missing)
        {
            LogEndMissing(logger, Directory, Log.FlushedEnd, missing.Source, missing.End, LastCommitTs ?? 0);
        }
        else if (recovery.TornTail is { } torn)
        {
            LogCut(logger, torn.BytesCut, torn.Offset, torn.Path);
        }
    }

    [LoggerMessage(EventIds.DrainerRelayCut, LogLevel.Information, "The relay log wasn't closed cleanly: {Bytes} bytes from byte {Offset} of {Path} on were cut. They are of an append that never finished; Pumps are asked for it again.")]
    private static partial void LogCut(ILogger logger, long bytes, long offset, string path);

    [LoggerMessage(EventIds.DrainerRelayBeginningLost, LogLevel.Warning, "The relay log in {Directory} can't be read from its first record on. A target at or beyond commit TS {CommitTs} needs nothing of what is lost there; any other is refused. {Reason}")]
    private static partial void LogBeginningLost(ILogger logger, string directory, ulong commitTs, string reason);

    [LoggerMessage(EventIds.DrainerRelayEndMissing, LogLevel.Warning, "The relay log in {Directory} has lost its end: it ends at {End}, and {Source} says that it was flushed up to {KnownEnd}. Something outside of this program took it: check the disk. What comes after commit TS {LastCommitTs}, and isn't applied yet, is asked of the Pumps again; should they have it no more, the Drainer stops.")]
    private static partial void LogEndMissing(ILogger logger, string directory, LogPosition end, string source, LogPosition knownEnd, ulong lastCommitTs);
}
