using System.Globalization;
using Binlog.RelayLog;
using Binlog.Service.Hosting;
using Binlog.Service.Pump.Storage;

namespace Binlog.Service.Commands.Inspect;

/// <summary>What <c>inspect repair</c> does.</summary>
internal static class RepairHandler
{
    public static async Task<int> RunAsync(InspectRepairOptions options, VerbContext context, CancellationToken cancellationToken)
    {
        InspectedDirectory.RequireExisting(options.Directory);
        if (await LogInspector.OutlineAsync(options.Directory, null, cancellationToken) is null)
        {
            throw InspectedDirectory.HoldsNoLog(options.Directory);
        }

        LogKind kind = LogKindDetector.Detect(options.Directory, cancellationToken);
        var repairOptions = new LogRepairOptions
        {
            Directory = options.Directory,
            Sequence = options.Sequence,
            CommitTsAscends = kind == LogKind.Relay,
            AcceptMissingEnd = kind == LogKind.Relay,
            KnownEnd = InspectedDirectory.FindKnownEnd(options.Directory),
        };
        var shown = new InspectProgress(context, TimeProvider.System);
        using LogRepair repair = await shown.ShowAsync(
            "reading",
            progress => options.Force ? LogRepair.BeginAsync(repairOptions, progress, cancellationToken) : LogRepair.PlanAsync(repairOptions, progress, cancellationToken));
        if (repair.Plan.Damages.Count == 0)
        {
            if (options.Force)
            {
                repair.Apply(null, cancellationToken);
            }

            return ReportNothing(options, repair.Plan, context.Output);
        }

        TransactionLoss? loss = kind == LogKind.Pump && repair.Plan.LostRecords > 0
            ? await shown.ShowAsync("counting transactions", progress => TransactionLoss.CountAsync(options.Directory, repairOptions.KnownEnd, repair.Plan, progress, cancellationToken))
            : null;
        if (!options.Force)
        {
            Describe("A repair would lose", repair.Plan, loss, context.Output);
            await context.Output.WriteLineAsync("Nothing was changed. To do it, stop the process that uses the log and add --force.");
            return ExitCode.Failed;
        }

        string? quarantine = await shown.ShowAsync("repairing", progress => ApplyAsync(repair, progress, cancellationToken));
        Describe("Lost", repair.Plan, loss, context.Output);
        await context.Output.WriteLineAsync($"Repaired. What was there before is in {quarantine}; repairs.jsonl beside the segments notes what was lost.");

        // Not before: its checkpoint may be all that tells where the log ended, which the next repair needs when this one is interrupted or leaves damage.
        if (options.Sequence is null)
        {
            RemoveIndex(options.Directory, kind, context.Output);
        }

        return ExitCode.Ok;
    }

    private static int ReportNothing(InspectRepairOptions options, LogRepairPlan plan, TextWriter output)
    {
        output.WriteLine(options.Sequence is { } sequence
            ? string.Create(CultureInfo.InvariantCulture, $"No damaged place has lost record {sequence}; inspect verify lists them. Nothing was changed.")
            : $"There is nothing to repair. {(options.Force && plan.MissingEnd.Count > 0 ? "No segment" : "Nothing")} was changed.");
        DescribeMissingEnd(plan, output);
        if (plan.UnfinishedBytes > 0)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{plan.UnfinishedBytes} bytes at the end belong to an append that never finished; the next start cuts them."));
        }

        return options.Sequence is null ? ExitCode.Ok : ExitCode.Failed;
    }

    private static async Task<string?> ApplyAsync(LogRepair repair, ReadProgress progress, CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        return repair.Apply(progress, cancellationToken);
    }

    private static void Describe(string verb, LogRepairPlan plan, TransactionLoss? loss, TextWriter output)
    {
        DescribeMissingEnd(plan, output);
        foreach (string line in plan.Damages.SelectMany(DamageText.Lines))
        {
            output.WriteLine(line);
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{verb}: {DamageText.AtLeast(plan.IsMinimum)}{plan.LostRecords} records; segments written anew: {string.Join(", ", plan.Segments)}"));
        if (plan.LostRecords == 0)
        {
            return;
        }

        if (loss is not null)
        {
            foreach (string line in loss.Lines())
            {
                output.WriteLine($"  {line}");
            }
        }
        else
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  transactions that a target which is not beyond the damage would miss: {(plan.IsMinimum ? $"{plan.LostRecords} or more" : $"at most {plan.LostRecords}")}; a Drainer stops there"));
        }
    }

    private static void DescribeMissingEnd(LogRepairPlan plan, TextWriter output)
    {
        if (plan.MissingEnd.Count == 0)
        {
            return;
        }

        foreach (string line in plan.MissingEnd.SelectMany(DamageText.Lines))
        {
            output.WriteLine(line);
        }

        output.WriteLine(DamageText.OfMissingEnd(plan.MissingEnd));
    }

    private static void RemoveIndex(string directory, LogKind kind, TextWriter output)
    {
        string index = Path.Combine(directory, PumpStoreOptions.IndexFolder);
        if (kind == LogKind.Relay || !Directory.Exists(index))
        {
            return;
        }

        try
        {
            Directory.Delete(index, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ServiceException($"The log is repaired, but its index {index} can't be removed: {e.Message} Remove it; the next start makes it anew.", e);
        }

        output.WriteLine($"Removed {index}, which is made anew at the next start.");
    }
}
