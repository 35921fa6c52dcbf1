using Binlog.RelayLog;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Hosting;
using Spectre.Console;

namespace Binlog.Service.Commands.Inspect.Dump;

/// <summary>What <c>inspect dump</c> does.</summary>
internal static class DumpHandler
{
    public static async Task<int> RunAsync(InspectDumpOptions options, VerbContext context, CancellationToken cancellationToken)
    {
        InspectedDirectory.RequireExisting(options.Directory);
        var progress = new ReadProgress();
        using InspectionReader reader = LogInspector.TryOpenReader(options.Directory, progress, InspectedDirectory.FindKnownEnd(options.Directory), skipPayloads: false, cancellationToken) ?? throw InspectedDirectory.HoldsNoLog(options.Directory);
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
            isDamaged = await DumpAsync(new DumpPass(options, kind, reader, schema, writer), progress, context, cancellationToken);
        }
        else
        {
            isDamaged = await DumpAsync(new DumpPass(options, kind, reader, schema, new TextDumpWriter(context.Output)), progress, context, cancellationToken);
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

    /// <summary>
    /// A bar while nothing else is on the terminal: to the end when the records go elsewhere, otherwise until the first of them. Lines
    /// between the records of a pipe would be in the way.
    /// </summary>
    private static async Task<bool> DumpAsync(DumpPass pass, ReadProgress progress, VerbContext context, CancellationToken cancellationToken)
    {
        var shown = new InspectProgress(context, TimeProvider.System);
        bool goesOn = true;
        if (shown.IsTerminal)
        {
            bool isOnTerminal = new AnsiConsoleOutput(context.Output).IsTerminal;
            goesOn = await shown.ShowAsync("reading", progress, pass.RunAsync(untilFound: isOnTerminal, cancellationToken));
        }

        if (goesOn)
        {
            await pass.RunAsync(untilFound: false, cancellationToken);
        }

        return pass.IsDamaged;
    }
}
