using System.Globalization;
using Binlog.Service.Drainer.Schema;

namespace Binlog.Service.Drainer.Checking;

/// <summary>Compares the tables that the target has with those that it must have, and must not have, where replication begins.</summary>
internal sealed class TableCheck(ISchemaHistory history, SchemaTracker newest, TargetState target, long initialCommitTs, FindingList findings)
{
    private const string Check = "tables";
    private const int NamesShown = 10;

    private readonly StringComparer _comparer = target.IgnoresCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        long version = target.Checkpoint?.SchemaVersion
            ?? await SchemaTracker.VersionAtAsync(history, initialCommitTs < 0 ? ulong.MaxValue : (ulong)initialCommitTs, cancellationToken);
        SchemaTracker atStart = await SchemaTracker.ReplayAsync(history, version, cancellationToken);
        HashSet<string> there = new(target.Tables.Select(table => $"`{table.Schema}`.`{table.Table}`"), _comparer);
        HashSet<string> expected = new(atStart.UserTables.Select(table => table.ToString()), _comparer);
        List<string> toCome = [.. newest.UserTables.Select(table => table.ToString()).Where(name => !expected.Contains(name))];

        CheckNames();
        List<string> missing = Sorted(expected.Where(name => !there.Contains(name)));
        List<string> clashing = Sorted(toCome.Where(there.Contains));
        if (missing.Count > 0)
        {
            findings.Error(Check, Names(missing), $"{Count(missing)} missing that the upstream has {Start()}.", MissingRemedy());
        }

        if (clashing.Count > 0)
        {
            findings.Error(
                Check,
                Names(clashing),
                $"{Count(clashing)} there already that the upstream creates only after that: its CREATE TABLE would be refused.",
                target.Checkpoint is null
                    ? "Empty the target, or set drainer.initialCommitTs to the commit TS up to which these tables were loaded."
                    : "Remove the tables from the target: nothing that replication made is in them.");
        }

        if (missing.Count + clashing.Count == 0)
        {
            findings.Ok(Check, target.Name, string.Create(CultureInfo.InvariantCulture, $"It has the {expected.Count} tables that the upstream has {Start()}, and none that comes later."));
        }
    }

    private void CheckNames()
    {
        if (target.IgnoresCase
            && newest.UserTables.Select(table => table.ToString()).GroupBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(names => names.Distinct(StringComparer.Ordinal).Count() > 1) is { } same)
        {
            findings.Error(Check, string.Join(", ", same.Order(StringComparer.Ordinal)), "The target takes these tables for one, because it ignores the case of names.", "Set lower_case_table_names=0 on the target; that is possible only before its data directory is made.");
        }
    }

    private string Start() => target.Checkpoint is { } checkpoint
        ? string.Create(CultureInfo.InvariantCulture, $"at the target's checkpoint, commit TS {checkpoint.CommitTs}")
        : initialCommitTs < 0
            ? "now, where replication begins (drainer.initialCommitTs=-1)"
            : string.Create(CultureInfo.InvariantCulture, $"at commit TS {initialCommitTs}, where replication begins (drainer.initialCommitTs)");

    private string MissingRemedy() => target.Checkpoint is not null
        ? "Restore the target: what its checkpoint says is not in it."
        : "Load a dump of the upstream into the target first and set drainer.initialCommitTs to the dump's commit TS; or begin at 0 if the Pumps still have everything.";

    private static List<string> Sorted(IEnumerable<string> names) => [.. names.Order(StringComparer.Ordinal)];

    private static string Count(List<string> names) => names.Count == 1 ? "1 table is" : string.Create(CultureInfo.InvariantCulture, $"{names.Count} tables are");

    private static string Names(List<string> names) =>
        string.Join(", ", names.Take(NamesShown)) + (names.Count > NamesShown ? string.Create(CultureInfo.InvariantCulture, $" and {names.Count - NamesShown} more") : "");
}
