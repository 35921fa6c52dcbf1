using System.Collections.Frozen;

namespace Binlog.Service.Configuration.Settings;

/// <summary>Every configuration key, in the order in which help and documentation show them.</summary>
internal static class SettingCatalog
{
    public static IReadOnlyList<Setting> All { get; } =
        [.. ClusterSettings.All, .. HostSettings.All, .. OperationsSettings.All, .. PumpSettings.All, .. RetentionSettings.All, .. DrainerSettings.All, .. ApplySettings.All, .. RelaySettings.All, .. CheckpointSettings.All, .. DownstreamSettings.All];

    /// <summary>Settings by path; case doesn't matter.</summary>
    public static FrozenDictionary<string, Setting> ByPath { get; } = All.ToFrozenDictionary(s => s.Path, StringComparer.OrdinalIgnoreCase);

    /// <summary>Paths of all sections, outer ones included; case doesn't matter. The value is the path as it is documented.</summary>
    public static FrozenDictionary<string, string> Sections { get; } = All
        .SelectMany(s => Ancestors(s.Path))
        .Distinct(StringComparer.Ordinal)
        .ToFrozenDictionary(s => s, StringComparer.OrdinalIgnoreCase);

    /// <summary>The sections around a path, outermost first.</summary>
    public static IEnumerable<string> Ancestors(string path)
    {
        for (var dot = path.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = path.IndexOf('.', dot + 1))
        {
            yield return path[..dot];
        }
    }
}
