using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Configuration.Loading;

/// <summary>Reads variables named <c>BINLOG__section__key</c>; case doesn't matter.</summary>
internal static class EnvironmentSource
{
    private const string Prefix = "BINLOG__";

    public static void Read(IReadOnlyDictionary<string, string> environment, string baseDirectory, RawConfiguration target)
    {
        var seen = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in environment.OrderBy(v => v.Key, StringComparer.Ordinal))
        {
            if (!name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            var path = name[Prefix.Length..].Replace("__", ".", StringComparison.Ordinal);
            var origin = new SettingOrigin($"environment variable {name}", baseDirectory);
            if (seen.TryAdd(path, name))
            {
                target.Add(new RawValue(path, RawKind.Untyped, value, origin));
            }
            else
            {
                target.Add(new ConfigurationError
                {
                    Path = path,
                    Origin = origin,
                    Problem = $"given a second time, first as {seen[path]}",
                    Suggestion = "Case doesn't matter in these names; unset one of the two.",
                });
            }
        }
    }
}
