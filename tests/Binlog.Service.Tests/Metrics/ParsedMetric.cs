namespace Binlog.Service.Tests.Metrics;

/// <summary>A metric as a scrape has it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">counter, gauge or histogram.</param>
/// <param name="Help">What HELP says, unescaped.</param>
/// <param name="Samples">Values by sample name with labels, <c>name{a="b"}</c>, labels in their order.</param>
internal sealed record ParsedMetric(string Name, string Kind, string Help, Dictionary<string, double> Samples);
