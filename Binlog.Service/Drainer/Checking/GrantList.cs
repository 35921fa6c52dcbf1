using System.Text;
using System.Text.RegularExpressions;

namespace Binlog.Service.Drainer.Checking;

/// <summary>What <c>SHOW GRANTS</c> says, taken apart: privileges on everything and on databases. Those on single tables are passed over.</summary>
internal sealed partial class GrantList
{
    private readonly HashSet<string> _global = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(string Pattern, HashSet<string> Privileges)> _databases = [];
    private readonly List<(string Database, HashSet<string> Privileges)> _revoked = [];

    /// <summary>Whether the user has roles, whose privileges may not be in the list.</summary>
    public bool HasRoles { get; private set; }

    /// <summary>Reads the lines of the answer.</summary>
    public static GrantList Parse(IEnumerable<string> lines)
    {
        var list = new GrantList();
        foreach (string line in lines)
        {
            list.Add(line);
        }

        return list;
    }

    /// <summary>Whether the user has one of the privileges on everything.</summary>
    public bool HasGlobal(params IReadOnlyCollection<string> any) => any.Any(privilege => _global.Contains(privilege)) || _global.Contains("ALL PRIVILEGES") || _global.Contains("ALL");

    /// <summary>Which of the privileges the user lacks on a database.</summary>
    public IReadOnlyList<string> Missing(string database, IEnumerable<string> needed) => [.. needed.Where(privilege => !Has(database, privilege))];

    private bool Has(string database, string privilege)
    {
        bool isRevoked = _revoked.Any(revoked => revoked.Database == database && Covers(revoked.Privileges, privilege));
        return (!isRevoked && Covers(_global, privilege)) || _databases.Any(granted => Matches(granted.Pattern, database) && Covers(granted.Privileges, privilege));
    }

    private static bool Covers(HashSet<string> privileges, string privilege) =>
        privileges.Contains(privilege) || privileges.Contains("ALL PRIVILEGES") || privileges.Contains("ALL");

    private void Add(string line)
    {
        Match match = LinePattern().Match(line);
        if (!match.Success)
        {
            HasRoles |= line.StartsWith("GRANT", StringComparison.OrdinalIgnoreCase);
            return;
        }

        var privileges = new HashSet<string>(match.Groups["what"].Value.Split(',', StringSplitOptions.TrimEntries), StringComparer.OrdinalIgnoreCase);
        string on = match.Groups["on"].Value;
        bool isRevoked = match.Groups["verb"].Value.Equals("REVOKE", StringComparison.OrdinalIgnoreCase);
        if (on == "*.*")
        {
            _global.UnionWith(isRevoked ? [] : privileges);
        }
        else if (on.EndsWith("`.*", StringComparison.Ordinal))
        {
            string name = on[1..^3].Replace("``", "`", StringComparison.Ordinal);
            (isRevoked ? _revoked : _databases).Add((name, privileges));
        }
    }

    /// <summary>A database's name in a grant is a pattern as of LIKE.</summary>
    private static bool Matches(string pattern, string database)
    {
        var regex = new StringBuilder("^");
        for (int index = 0; index < pattern.Length; index++)
        {
            char c = pattern[index];
            if (c == '\\' && index + 1 < pattern.Length)
            {
                regex.Append(Regex.Escape(pattern[++index].ToString()));
            }
            else
            {
                regex.Append(c switch { '%' => ".*", '_' => ".", _ => Regex.Escape(c.ToString()) });
            }
        }

        return Regex.IsMatch(database, regex.Append('$').ToString(), RegexOptions.Singleline | RegexOptions.IgnoreCase);
    }

    [GeneratedRegex(@"^(?<verb>GRANT|REVOKE) (?<what>.+?) ON (?<on>\*\.\*|`(?:[^`]|``)+`\.\*|\S+) (?:TO|FROM) ", RegexOptions.IgnoreCase)]
    private static partial Regex LinePattern();
}
