using System.Globalization;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Sqlite;
using Microsoft.Data.Sqlite;

namespace Binlog.Service.Drainer.Checking;

/// <summary>Looks at the file of an SQLite target without changing it.</summary>
internal static class SqliteCheck
{
    private const string Check = "target";

    /// <summary>Returns what the file holds; null when it can't be used.</summary>
    public static TargetState? Run(string file, ulong clusterId, FindingList findings)
    {
        string path = Path.GetFullPath(file);
        string name = $"SQLite file {path}";
        if (!Directory.Exists(Path.GetDirectoryName(path)))
        {
            findings.Error(Check, name, "Its folder does not exist.", "Make it, or name another file in drainer.downstream.file.");
            return null;
        }

        if (!File.Exists(path))
        {
            findings.Ok(Check, name, "It does not exist yet; the first start makes it.");
            return new TargetState(name, null, [], IgnoresCase: true);
        }

        if (new FileInfo(path).IsReadOnly)
        {
            findings.Error(Check, name, "The file is write-protected.", "Let the service's user write to it.");
        }

        try
        {
            using SqliteDatabase database = SqliteDatabase.Open(path, SqliteOpenMode.ReadOnly, TimeSpan.FromSeconds(10));
            return Read(database, name, clusterId, findings);
        }
        catch (TargetException exception)
        {
            findings.Error(Check, name, exception.Message, "Name another file in drainer.downstream.file, or restore this one.");
            return null;
        }
    }

    private static TargetState? Read(SqliteDatabase database, string name, ulong clusterId, FindingList findings)
    {
        bool isOurs = database.QueryText($"SELECT name FROM sqlite_master WHERE name = '{SqliteNames.CheckpointTable}'") is not null;
        string version = database.QueryText("PRAGMA user_version") ?? "0";
        string known = SqliteCheckpoint.FormatVersion.ToString(CultureInfo.InvariantCulture);
        if (isOurs ? !SqliteCheckpoint.Knows(version) : version != "0")
        {
            findings.Error(
                "checkpoint",
                name,
                isOurs ? $"Its format is {version}; this program knows 1 to {known}." : $"The file belongs to another program (user_version {version}).",
                isOurs ? "Use the version that wrote it." : "Name another file in drainer.downstream.file.");
            return null;
        }

        findings.Ok(Check, name, "It can be opened.");
        List<(string, string)> tables = [];
        Checkpoint? checkpoint = null;
        if (isOurs)
        {
            checkpoint = SqliteCheckpoint.Look(database, clusterId);
            using SqliteStatement statement = database.Prepare($"SELECT schema_name, table_name FROM {SqliteNames.TableTable}");
            while (statement.Step())
            {
                tables.Add((statement.Text(0), statement.Text(1)));
            }
        }

        findings.Ok("checkpoint", name, checkpoint is null
            ? "There is none: the first start writes it."
            : string.Create(CultureInfo.InvariantCulture, $"Replication goes on after commit TS {checkpoint.CommitTs}, schema version {checkpoint.SchemaVersion} (format {version})."));
        return new TargetState(name, checkpoint, tables, IgnoresCase: true);
    }
}
