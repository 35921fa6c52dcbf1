using Binlog.RelayLog;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.Inspect.Dump;

/// <summary>What <c>inspect dump</c> does.</summary>
internal static class DumpHandler
{
    public static async Task<int> RunAsync(InspectDumpOptions options, VerbContext context, CancellationToken cancellationToken)
    {
        InspectedDirectory.RequireExisting(options.Directory);
        using InspectionReader reader = LogInspector.TryOpenReader(options.Directory, new ReadProgress(), InspectedDirectory.FindKnownEnd(options.Directory), skipPayloads: false, cancellationToken) ?? throw InspectedDirectory.HoldsNoLog(options.Directory);
        LogKind kind = LogKindDetector.Detect(options.Directory, cancellationToken);
        using FileSchemaHistory? history = options.SchemaHistoryFile is { } file ? new FileSchemaHistory(file) : null;
        RequireSchema(options, kind);
        if (kind == LogKind.Relay && history is not null && options.From > 0)
        {
            reader.SkipTo(options.From - 1);
        }

        var schema = new DumpSchema(history);
        bool isDamaged;
        if (options.Json)
        {
            using var writer = new JsonDumpWriter(context.Output);
            isDamaged = await DumpAsync(options, kind, reader, schema, writer, cancellationToken);
        }
        else
        {
            isDamaged = await DumpAsync(options, kind, reader, schema, new TextDumpWriter(context.Output), cancellationToken);
        }

        if (schema.Problem is { } problem)
        {
            await context.Error.WriteLineAsync($"Some tables are unknown: {problem} Give --schema-history.");
        }

        return isDamaged ? ExitCode.Failed : ExitCode.Ok;
    }

    /// <summary>A Pump's store has no definitions of tables, so a name means nothing there.</summary>
    private static void RequireSchema(InspectDumpOptions options, LogKind kind)
    {
        if (options.Table is { Id: null } && options.SchemaHistoryFile is null && kind != LogKind.Relay)
        {
            throw new InspectArgumentException("--table with a name needs --schema-history: this log holds no definitions of tables. Give the history, or the table's ID.");
        }
    }

    private static async Task<bool> DumpAsync(
        InspectDumpOptions options, LogKind kind, InspectionReader reader, DumpSchema schema, IDumpWriter writer, CancellationToken cancellationToken)
    {
        var decoder = new RecordDecoder(kind, schema);
        var filter = new DumpFilter(options);
        long shown = 0;
        bool isDamaged = false;
        try
        {
            while (shown < options.Limit && reader.TryRead(out InspectedItem item, cancellationToken))
            {
                if (item.Kind != InspectedKind.Record)
                {
                    isDamaged |= item.Kind == InspectedKind.Damage;
                    writer.WriteIrregular(item);
                    continue;
                }

                if (kind == LogKind.Relay && item.Tag.CommitTs > options.To)
                {
                    break;
                }

                DumpedRecord record = await decoder.DecodeAsync(item, cancellationToken);
                if (filter.Matches(record))
                {
                    writer.Write(record, filter.Matches);
                    shown++;
                }
            }
        }
        finally
        {
            writer.Flush();
        }

        return isDamaged;
    }
}
