using Binlog.RelayLog;
using Binlog.Service.Drainer.Merging;
using Binlog.Service.Drainer.Relaying;
using Binlog.Service.Hosting;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Drainer.Refetching;

/// <summary>
/// Compares what is fetched again with what the damaged log still has: each of its intact transactions must come. One that doesn't shows that
/// Pumps have less than they had, and then nobody knows what else is missing. Not thread-safe.
/// </summary>
internal sealed partial class RefetchWitness : IDisposable
{
    private readonly RelayAside _aside;
    private readonly InspectionReader _reader;
    private readonly ulong _after;
    private readonly ILogger _logger;
    private ulong? _expected;
    private bool _isOver;

    private RefetchWitness(RelayAside aside, InspectionReader reader, ulong after, ILogger logger)
    {
        _aside = aside;
        _reader = reader;
        _after = after;
        _logger = logger;
    }

    /// <summary>Opens the log that was moved aside last; null when there is none, or the relay log has got beyond it.</summary>
    /// <param name="relayDirectory">The relay log in use.</param>
    /// <param name="after">Commit TS after which is pulled.</param>
    /// <param name="logger">Where it is said that fetching goes on, and that it is done.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="RelayLogException">The files can't be read.</exception>
    public static RefetchWitness? TryOpen(string relayDirectory, ulong after, ILogger logger, CancellationToken cancellationToken)
    {
        if (RelayAside.Find(relayDirectory) is not { } aside || aside.UpTo <= after
            || LogInspector.TryOpenReader(aside.Directory, new ReadProgress(), null, skipPayloads: true, cancellationToken) is not { } reader)
        {
            return null;
        }

        reader.SkipTo(after);
        var witness = new RefetchWitness(aside, reader, after, logger);
        witness.MoveOn(cancellationToken);
        witness.LogBegins(aside.Directory, after, aside.UpTo);
        return witness;
    }

    /// <summary>Looks at the next binlog in the cluster's order, before it is appended.</summary>
    /// <exception cref="DrainerException">A transaction that the damaged log has doesn't come.</exception>
    public void Check(in MergedBinlog binlog, CancellationToken cancellationToken)
    {
        if (_expected is { } expected)
        {
            if (expected < binlog.CommitTs || (expected == binlog.CommitTs && binlog.IsFake))
            {
                throw new DrainerException(
                    $"The transaction of commit TS {expected} is in the damaged relay log in {_aside.Directory}, and no Pump has it any more (the next one has commit TS {binlog.CommitTs}). What is lost between commit TS {_after} and {_aside.UpTo} can't be fetched again. "
                    + "Nothing after it was applied. Restore the target from the upstream, or restore that relay log's files from a copy, and move the new one away.");
            }

            if (expected == binlog.CommitTs)
            {
                MoveOn(cancellationToken);
            }
        }

        if (!_isOver && binlog.CommitTs >= _aside.UpTo)
        {
            _isOver = true;
            LogDone(_aside.UpTo, _aside.Directory);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _reader.Dispose();

    private void MoveOn(CancellationToken cancellationToken)
    {
        _expected = null;
        while (_reader.TryRead(out InspectedItem item, cancellationToken))
        {
            if (item.Kind == InspectedKind.Record && item.Tag.CommitTs > _after && (RelayRecordKind)item.Tag.Kind is RelayRecordKind.Transaction or RelayRecordKind.Ddl)
            {
                _expected = item.Tag.CommitTs;
                return;
            }
        }
    }

    [LoggerMessage(EventIds.DrainerRelayRefetching, LogLevel.Warning, "A damaged relay log was moved to {Directory}. What comes after commit TS {After} is fetched from the Pumps again, and compared with it up to commit TS {UpTo}.")]
    private partial void LogBegins(string directory, ulong after, ulong upTo);

    [LoggerMessage(EventIds.DrainerRelayRefetched, LogLevel.Information, "Everything up to commit TS {UpTo} is fetched from the Pumps again, and has all that the damaged relay log still had. {Directory} is no longer needed: delete it when nobody wants to look at it.")]
    private partial void LogDone(ulong upTo, string directory);
}
