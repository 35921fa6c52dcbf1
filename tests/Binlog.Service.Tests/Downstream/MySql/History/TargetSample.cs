namespace Binlog.Service.Tests.Downstream.MySql.History;

/// <summary>A whole target as one snapshot saw it.</summary>
/// <param name="CommitTs">The commit TS that the target says it is at.</param>
/// <param name="Tables">Rows and checksum of every replicated table, by name.</param>
internal sealed record TargetSample(ulong CommitTs, IReadOnlyDictionary<string, string> Tables)
{
    /// <summary>The tables that differ, with what both hold; empty when the samples are equal.</summary>
    public IReadOnlyList<string> DifferencesTo(TargetSample expected) =>
    [
        .. Tables.Keys.Union(expected.Tables.Keys).Order(StringComparer.Ordinal)
            .Where(table => Tables.GetValueOrDefault(table) != expected.Tables.GetValueOrDefault(table))
            .Select(table => $"{table}: {Tables.GetValueOrDefault(table) ?? "none"}, expected {expected.Tables.GetValueOrDefault(table) ?? "none"}"),
    ];
}
