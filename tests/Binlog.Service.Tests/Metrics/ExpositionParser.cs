using System.Globalization;
using System.Text.RegularExpressions;

namespace Binlog.Service.Tests.Metrics;

/// <summary>
/// Reads Prometheus' text format 0.0.4 and accepts nothing that a strict reader would not: HELP, TYPE, then the samples of that
/// metric, each once; histograms whole, ascending and consistent.
/// </summary>
internal static partial class ExpositionParser
{
    public static Dictionary<string, ParsedMetric> Parse(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', text);
        var metrics = new Dictionary<string, ParsedMetric>();
        string[] lines = text[..^1].Split('\n');
        for (int i = 0; i < lines.Length;)
        {
            Match help = HelpLine().Match(lines[i++]);
            Assert.True(help.Success, $"expected HELP, found: {lines[i - 1]}");
            Match type = TypeLine().Match(lines[i++]);
            Assert.True(type.Success, $"expected TYPE, found: {lines[i - 1]}");
            Assert.Equal(help.Groups[1].Value, type.Groups[1].Value);
            var metric = new ParsedMetric(type.Groups[1].Value, type.Groups[2].Value, help.Groups[2].Value.Replace("\\n", "\n", StringComparison.Ordinal), []);
            Assert.True(metrics.TryAdd(metric.Name, metric), $"{metric.Name} comes twice");
            while (i < lines.Length && !lines[i].StartsWith('#'))
            {
                AddSample(metric, lines[i++]);
            }

            if (metric.Kind == "histogram")
            {
                CheckHistogram(metric);
            }
        }

        return metrics;
    }

    /// <summary>The value of a sample; fails when there is none.</summary>
    public static double Value(this Dictionary<string, ParsedMetric> metrics, string metric, string? sample = null)
    {
        Assert.True(metrics.TryGetValue(metric, out ParsedMetric? parsed), $"no metric {metric}; there are {string.Join(", ", metrics.Keys)}");
        Assert.True(parsed.Samples.TryGetValue(sample ?? metric, out double value), $"no sample {sample ?? metric}; there are {string.Join(", ", parsed.Samples.Keys)}");
        return value;
    }

    private static void AddSample(ParsedMetric metric, string line)
    {
        Match sample = SampleLine().Match(line);
        Assert.True(sample.Success, $"expected a sample, found: {line}");
        string name = sample.Groups[1].Value;
        string[] names = metric.Kind == "histogram" ? [metric.Name + "_bucket", metric.Name + "_sum", metric.Name + "_count"] : [metric.Name];
        Assert.Contains(name, names);
        double value = ReadNumber(sample.Groups[3].Value);
        Assert.True(metric.Kind != "counter" || value >= 0, $"a negative counter: {line}");
        Assert.True(metric.Samples.TryAdd(name + sample.Groups[2].Value, value), $"a sample comes twice: {line}");
    }

    private static void CheckHistogram(ParsedMetric metric)
    {
        foreach (string count in metric.Samples.Keys.Where(key => key.StartsWith(metric.Name + "_count", StringComparison.Ordinal)))
        {
            string labels = count[(metric.Name + "_count").Length..].Trim('{', '}');
            Assert.True(metric.Samples.ContainsKey(metric.Name + "_sum" + (labels.Length == 0 ? "" : $"{{{labels}}}")), $"{count} has no sum");
            string prefix = $"{metric.Name}_bucket{{{labels}{(labels.Length == 0 ? "" : ",")}le=\"";
            var buckets = metric.Samples.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))
                .Select(pair => (Bound: ReadNumber(pair.Key[prefix.Length..^2]), Count: pair.Value)).ToList();
            Assert.Equal(buckets.OrderBy(bucket => bucket.Bound), buckets);
            Assert.Equal(buckets.OrderBy(bucket => bucket.Count).Select(bucket => bucket.Count), buckets.Select(bucket => bucket.Count));
            Assert.Equal((double.PositiveInfinity, metric.Samples[count]), buckets[^1]);
        }
    }

    private static double ReadNumber(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        "NaN" => double.NaN,
        _ => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture),
    };

    [GeneratedRegex(@"^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) ((?:[^\\]|\\\\|\\n)+)$")]
    private static partial Regex HelpLine();

    [GeneratedRegex("^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$")]
    private static partial Regex TypeLine();

    [GeneratedRegex("""^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-zA-Z_][a-zA-Z0-9_]*="(?:[^\\"]|\\\\|\\"|\\n)*"(?:,[a-zA-Z_][a-zA-Z0-9_]*="(?:[^\\"]|\\\\|\\"|\\n)*")*\})? (\+Inf|-Inf|NaN|-?[0-9]+(?:\.[0-9]+)?(?:e[+-][0-9]{2,3})?)$""")]
    private static partial Regex SampleLine();
}
