using Binlog.Service.Downstream.MySql;

namespace Binlog.Service.Drainer.Checking;

/// <summary>Compares the privileges of the Drainer's user with those that applying needs (docs/formats/mysql-target.md).</summary>
internal sealed class PrivilegeCheck(GrantList grants, string server, string user, IReadOnlyCollection<string> databases, FindingList findings)
{
    private const string Check = "privileges";

    private static readonly string[] ForRows = ["SELECT", "INSERT", "UPDATE", "DELETE"];
    private static readonly string[] ForTables = [.. ForRows, "CREATE", "DROP", "ALTER", "INDEX", "REFERENCES", "CREATE VIEW"];

    /// <summary>Whether the checkpoint is in the target.</summary>
    public bool HasCheckpoint { get; init; } = true;

    public void Run()
    {
        int problems = 0;
        (string, string[])[] ofCheckpoint = HasCheckpoint ? [(CheckpointTable.Database, [.. ForRows, "CREATE"])] : [];
        foreach ((string database, string[] needed) in databases.Select(database => (database, ForTables)).Concat(ofCheckpoint))
        {
            IReadOnlyList<string> missing = grants.Missing(database, needed);
            if (missing.Count > 0)
            {
                problems++;
                Report(database, string.Join(", ", missing));
            }
        }

        if (problems == 0)
        {
            findings.Ok(Check, server, databases.Count == 0 ? $"{user} may keep the checkpoint." : $"{user} may do all that is needed in the checkpoint's database and {databases.Count} others.");
        }

        if (!grants.HasGlobal("PROCESS"))
        {
            findings.Note(Check, server, $"{user} lacks PROCESS: who holds a lock that replication waits for can't be told.", $"GRANT PROCESS ON *.* TO {user}");
        }
    }

    private void Report(string database, string missing)
    {
        string where = $"{SqlText.Name(database)} of {server}";
        string remedy = $"GRANT {missing} ON {SqlText.Name(database)}.* TO {user}";
        if (grants.HasRoles)
        {
            findings.Warning(Check, where, $"{user} lacks {missing}, unless a role grants it: roles can't be looked into.", remedy);
        }
        else
        {
            findings.Error(Check, where, $"{user} lacks {missing}.", remedy);
        }
    }
}
