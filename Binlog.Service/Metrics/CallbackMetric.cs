namespace Binlog.Service.Metrics;

/// <summary>A counter or gauge whose values are asked for when they are scraped.</summary>
/// <param name="name">The metric's name.</param>
/// <param name="help">One sentence, with the unit.</param>
/// <param name="kind">Counter or gauge.</param>
/// <param name="labelName">The only label; null when there is none, and then the label values are not used.</param>
/// <param name="read">Gives the values of now; no two with the same label value. Called from any thread, must not block.</param>
internal sealed class CallbackMetric(string name, string help, MetricKind kind, string? labelName, Func<IEnumerable<(string Label, double Value)>> read)
    : Metric(name, help, kind)
{
    public override void WriteSamples(ExpositionWriter writer)
    {
        foreach ((string label, double value) in read())
        {
            writer.Sample(Name, labelName is null ? "" : ExpositionWriter.Labels([labelName], [label]), value);
        }
    }
}
