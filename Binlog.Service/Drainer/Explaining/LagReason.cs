namespace Binlog.Service.Drainer.Explaining;

/// <summary>Something that holds a Drainer back.</summary>
/// <param name="Kind">What it is, in one word or two with hyphens, for programs; docs/operations/explain-lag.md lists them.</param>
/// <param name="Where">Pump, table, directory or server that it is about.</param>
/// <param name="Message">The same in a sentence, with the figures.</param>
internal sealed record LagReason(string Kind, string Where, string Message)
{
    /// <summary>The figures by name; the unit is part of the name.</summary>
    public IReadOnlyDictionary<string, decimal> Figures { get; init; } = new Dictionary<string, decimal>();
}
