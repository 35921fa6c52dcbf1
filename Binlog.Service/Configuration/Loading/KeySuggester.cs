using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Configuration.Loading;

/// <summary>Finds what somebody meant who wrote a key that doesn't exist.</summary>
internal static class KeySuggester
{
    private const int MaxSuggestions = 3;

    private static bool IsOriginal(string? original, string name) => original is not null && Same(Plain(LastPart(original)), Plain(name));

    private static readonly string[] Known = [.. SettingCatalog.All.Select(s => s.Path), .. SettingCatalog.Sections.Values];

    /// <summary>A sentence with the nearest keys, the name of one in tidb-binlog, or the keys that exist at that place.</summary>
    public static string Suggest(string path)
    {
        var (section, name) = Split(path);
        if (EditDistance.Nearest(name, Known.Where(k => Same(Split(k).Section, section)).Select(k => Split(k).Name)) is { } sibling)
        {
            return DidYouMean([Join(section, sibling)]);
        }

        var originals = SettingCatalog.All.Where(s => IsOriginal(s.Original, name) || IsOriginal(s.OriginalFlag, name)).Select(s => s.Path);
        if (Narrow(originals, section) is { Length: > 0 } renamed)
        {
            return $"tidb-binlog's \"{name}\" is {string.Join(" or ", renamed)} here.";
        }

        if (Narrow(Known.Where(k => Same(Plain(Split(k).Name), Plain(name))), section) is { Length: > 0 } elsewhere)
        {
            return DidYouMean(elsewhere);
        }

        return EditDistance.Nearest(path, Known) is { } near ? DidYouMean([near]) : ListOf(section);
    }

    private static string ListOf(string section)
    {
        while (section.Length > 0 && !SettingCatalog.Sections.ContainsKey(section))
        {
            section = Split(section).Section;
        }

        var names = Known.Where(k => Same(Split(k).Section, section)).Select(k => Split(k).Name);
        return $"Keys {(section.Length == 0 ? "at the top level" : $"in {section}")}: {string.Join(", ", names)}.";
    }

    /// <summary>Prefers candidates under the same top section as the unknown key.</summary>
    private static string[] Narrow(IEnumerable<string> candidates, string section)
    {
        var all = candidates.Distinct(StringComparer.Ordinal).ToArray();
        var near = all.Where(c => section.Length > 0 && Same(c.Split('.')[0], section.Split('.')[0])).ToArray();
        return (near.Length > 0 ? near : all)[..Math.Min(MaxSuggestions, near.Length > 0 ? near.Length : all.Length)];
    }

    private static string DidYouMean(string[] paths) => $"Did you mean {string.Join(" or ", paths)}?";

    private static (string Section, string Name) Split(string path) =>
        path.LastIndexOf('.') is var dot and >= 0 ? (path[..dot], path[(dot + 1)..]) : ("", path);

    private static string LastPart(string original) => original[(original.LastIndexOf('.') + 1)..];

    private static string Join(string section, string name) => section.Length == 0 ? name : $"{section}.{name}";

    private static string Plain(string name) =>
        name.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);

    private static bool Same(string left, string right) => left.Equals(right, StringComparison.OrdinalIgnoreCase);
}
