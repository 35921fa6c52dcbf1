namespace Binlog.Service.Metrics;

/// <summary>One time series, or those of one histogram: a metric with fixed label values.</summary>
internal interface IMetricValue
{
    /// <summary>Writes the samples as they are now. Called while others observe.</summary>
    /// <param name="writer">Takes the lines.</param>
    /// <param name="name">The metric's name.</param>
    /// <param name="labels">The label values, already in text form and without braces; empty when there are none.</param>
    void Write(ExpositionWriter writer, string name, string labels);
}
