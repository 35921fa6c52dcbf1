using System.Globalization;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Outside;
using Binlog.Service.Drainer.Schema;

namespace Binlog.Service.Drainer.Checking;

/// <summary>Looks at a checkpoint outside of the target without taking it, and at the tables that such a checkpoint doesn't fit.</summary>
internal sealed class OutsideCheckpointCheck(ICheckpointPlace place, FindingList findings)
{
    private const string Check = "checkpoint";
    private const int NamesShown = 10;

    /// <summary>Returns whether it could be read, what stands there, and what the original left there.</summary>
    public async Task<(bool IsReadable, Checkpoint? Checkpoint, OriginalCheckpoint? Original)> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await place.PeekAsync(cancellationToken) is not { } found)
            {
                findings.Ok(Check, place.Name, "There is none for this cluster: the first start writes it.");
                return (true, null, await place.FindOriginalAsync(cancellationToken));
            }

            string doubt = found.InDoubtUpTo > found.Checkpoint.CommitTs
                ? string.Create(CultureInfo.InvariantCulture, $" What comes up to commit TS {found.InDoubtUpTo} may be applied already, and is applied again.")
                : "";
            findings.Ok(Check, place.Name, string.Create(CultureInfo.InvariantCulture, $"Replication goes on after commit TS {found.Checkpoint.CommitTs}, schema version {found.Checkpoint.SchemaVersion}, into {found.Target}.{doubt}"));
            return (true, found.Checkpoint, null);
        }
        catch (TargetException exception)
        {
            findings.Error(Check, place.Name, exception.Message, "Correct that, and check again.");
            return (false, null, null);
        }
    }

    /// <summary>Names the tables whose rows can't be made again.</summary>
    public static void NameKeyless(SchemaTracker newest, FindingList findings)
    {
        List<string> tables = [.. newest.UserTables.Where(table => table.Identity.IsDefaultOrEmpty).Select(table => table.ToString()).Order(StringComparer.Ordinal)];
        if (tables.Count > 0)
        {
            findings.Warning(
                Check,
                string.Join(", ", tables.Take(NamesShown)) + (tables.Count > NamesShown ? string.Create(CultureInfo.InvariantCulture, $" and {tables.Count - NamesShown} more") : ""),
                "No key of NOT NULL columns tells their rows apart, so changes of them can't be made again: after a crash while such a change was being committed the Drainer stops and asks.",
                "Give them a primary key upstream, or keep the checkpoint in the target.");
        }
    }
}
