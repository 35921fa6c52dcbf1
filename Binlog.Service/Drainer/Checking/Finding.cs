namespace Binlog.Service.Drainer.Checking;

/// <summary>What a check found.</summary>
/// <param name="Level">How much it matters.</param>
/// <param name="Check">Name of the check, one word or two.</param>
/// <param name="Where">Server, table, file or node that it is about.</param>
/// <param name="Found">What was found, in a sentence.</param>
/// <param name="Remedy">What to do about it; null when there is nothing to do.</param>
internal sealed record Finding(FindingLevel Level, string Check, string Where, string Found, string? Remedy = null);
