using System.Globalization;
using Binlog.RelayLog;
using Binlog.Service.Configuration;
using Binlog.Service.Downstream;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Hosting;
using Binlog.TiDB;

namespace Binlog.Service.Drainer.Checking;

/// <summary>Reads the whole schema history and looks at how its tables tell rows apart.</summary>
internal static class HistoryCheck
{
    private const string Check = "schema history";
    private const string Remedy = "Correct drainer.schemaHistory.*: a file of TiDB's DDL jobs, written anew from its DDL history, or the servers that have it.";
    private const int NamesShown = 10;

    /// <summary>Opens the history; null when that fails, as a finding says.</summary>
    public static async Task<IOpenSchemaHistory?> OpenAsync(
        HostOptions host, DrainerOptions drainer, ScratchDirectory scratch, IDdlJobSource? tiKv, TimeProvider time, FindingList findings, CancellationToken cancellationToken)
    {
        try
        {
            return await SchemaHistories.OpenToLookAsync(host, drainer, scratch.Path, tiKv, time, cancellationToken);
        }
        catch (Exception exception) when (exception is ServiceException or RelayLogException or IOException or UnauthorizedAccessException)
        {
            findings.Error(Check, drainer.SchemaHistory.Source.ToString(), exception.Message, Remedy);
            return null;
        }
    }

    /// <summary>Returns the newest schema; null when the history can't be used.</summary>
    public static async Task<SchemaTracker?> ReadAsync(IOpenSchemaHistory history, FindingList findings, CancellationToken cancellationToken)
    {
        try
        {
            SchemaTracker newest = await SchemaTracker.ReplayAsync(history, long.MaxValue, cancellationToken);
            List<TableSchema> tables = [.. newest.UserTables];
            findings.Ok(Check, history.Name, string.Create(CultureInfo.InvariantCulture, $"It can be read: {tables.Count} tables at schema version {newest.Version}."));
            CheckKeys(tables, findings);
            return newest;
        }
        catch (Exception exception) when (exception is SchemaHistoryException or RelayLogException or TiDBFormatException or IOException or UnauthorizedAccessException)
        {
            findings.Error(Check, history.Name, exception.Message, Remedy);
            return null;
        }
    }

    private static void CheckKeys(List<TableSchema> tables, FindingList findings)
    {
        List<string> keyless = [.. tables.Where(table => table.UniqueKeys.IsEmpty).Select(table => table.ToString()).Order(StringComparer.Ordinal)];
        List<string> partial = [.. tables.Where(table => !table.UniqueKeys.IsEmpty && table.Identity.IsDefault).Select(table => table.ToString()).Order(StringComparer.Ordinal)];
        if (keyless.Count > 0)
        {
            findings.Warning("keys", Names(keyless), $"{Tables(keyless)} no key that tells rows apart: an UPDATE or DELETE there compares all columns of all rows.", "Give the tables a primary key upstream.");
        }

        if (partial.Count > 0)
        {
            findings.Note("keys", Names(partial), $"{Tables(partial)} unique keys only over columns that may be NULL, or are approximate: every change of a row is applied by itself.", "A primary key upstream makes them faster.");
        }

        if (keyless.Count + partial.Count == 0)
        {
            findings.Ok("keys", "all tables", "Every table has a key that tells rows apart.");
        }
    }

    private static string Tables(List<string> names) => names.Count == 1 ? "1 table has" : string.Create(CultureInfo.InvariantCulture, $"{names.Count} tables have");

    private static string Names(List<string> names) =>
        string.Join(", ", names.Take(NamesShown)) + (names.Count > NamesShown ? string.Create(CultureInfo.InvariantCulture, $" and {names.Count - NamesShown} more") : "");
}
