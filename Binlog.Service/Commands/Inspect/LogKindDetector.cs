using Binlog.RelayLog;
using Binlog.Service.Drainer.Relaying;
using Binlog.Service.Pump.Sorting;
using Binlog.TiDB;
using Binlog.TiDB.Records;

namespace Binlog.Service.Commands.Inspect;

/// <summary>Tells a log's kind from its first records: the numbers of the kinds are the same in both, what the records hold isn't.</summary>
internal static class LogKindDetector
{
    private const int LooksAt = 256;

    /// <summary>Looks at the first records; when they don't tell, at the directory's name.</summary>
    /// <exception cref="RelayLogException">The log can't be read.</exception>
    public static LogKind Detect(string directory, CancellationToken cancellationToken)
    {
        using InspectionReader? reader = LogInspector.TryOpenReader(directory, new ReadProgress(), null, skipPayloads: false, cancellationToken);
        for (int count = 0; count < LooksAt && reader is not null && reader.TryRead(out InspectedItem item, cancellationToken); count++)
        {
            if (item.Kind == InspectedKind.Record && KindOf(item) is var kind and not LogKind.Unknown)
            {
                return kind;
            }
        }

        return Path.GetFileName(Path.TrimEndingDirectorySeparator(directory)) switch
        {
            "pump" => LogKind.Pump,
            "relay" => LogKind.Relay,
            _ => LogKind.Unknown,
        };
    }

    /// <summary>The kind of log that a record tells; <see cref="LogKind.Unknown"/> when it could be in both.</summary>
    public static LogKind KindOf(in InspectedItem record)
    {
        switch (record.Tag.Kind)
        {
            // A prewrite and a fake have a payload; a start record and a watermark have none.
            case (ushort)PumpRecordKind.Prewrite or (ushort)PumpRecordKind.Fake:
                return record.PayloadLength == 0 ? LogKind.Relay : LogKind.Pump;

            // A Pump's commit carries no rows, so it is small; a relayed transaction does, and may be too large to be handed out.
            case (ushort)PumpRecordKind.Commit when record.Payload.IsEmpty && record.PayloadLength > 0:
                return LogKind.Relay;

            case (ushort)PumpRecordKind.Commit:
                return TryParse(record.Payload.Span) is not { Type: BinlogType.Commit } commit ? LogKind.Unknown
                    : commit.PrewriteValue.IsEmpty ? LogKind.Pump
                    : LogKind.Relay;

            case (ushort)PumpRecordKind.Rollback:
                return TryParse(record.Payload.Span) is { Type: BinlogType.Rollback } ? LogKind.Pump
                    : RelayDdl.IsWellFormed(record.Payload.Span) ? LogKind.Relay
                    : LogKind.Unknown;

            default:
                return LogKind.Unknown;
        }
    }

    private static BinlogHeader? TryParse(ReadOnlySpan<byte> payload)
    {
        try
        {
            return BinlogHeader.Parse(payload);
        }
        catch (TiDBFormatException)
        {
            return null;
        }
    }
}
