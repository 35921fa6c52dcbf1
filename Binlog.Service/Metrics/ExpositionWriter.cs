using System.Globalization;
using System.Text;

namespace Binlog.Service.Metrics;

/// <summary>Writes Prometheus' text format 0.0.4. Not thread-safe; one per scrape.</summary>
internal sealed class ExpositionWriter
{
    /// <summary>The format's media type.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new();

    /// <summary>Begins a metric: its samples follow.</summary>
    public void Begin(string name, string help, MetricKind kind)
    {
        _text.Append("# HELP ").Append(name).Append(' ').Append(Escape(help, quoted: false)).Append('\n');
        _text.Append("# TYPE ").Append(name).Append(' ').Append(NameOf(kind)).Append('\n');
    }

    /// <summary>One sample.</summary>
    /// <param name="name">The metric's name, with the suffix of its kind.</param>
    /// <param name="labels">What <see cref="Labels"/> gave.</param>
    /// <param name="value">Any number, NaN and the infinities included.</param>
    public void Sample(string name, string labels, double value) => Sample(name, labels, ExpositionNumber.Format(value));

    /// <summary>One sample of a count, exact up to 2^63.</summary>
    public void Sample(string name, string labels, long value) => Sample(name, labels, value.ToString(CultureInfo.InvariantCulture));

    /// <summary>The count of observations up to a bound.</summary>
    public void Bucket(string name, string labels, string bound, long count) =>
        Sample(name + "_bucket", labels.Length == 0 ? $"le=\"{bound}\"" : $"{labels},le=\"{bound}\"", count);

    /// <summary>Everything written so far.</summary>
    public override string ToString() => _text.ToString();

    /// <summary>Takes back what was written after a length, when a metric turns out not to be readable.</summary>
    public void CutTo(int length) => _text.Length = length;

    /// <summary>Length of what was written so far, for <see cref="CutTo"/>.</summary>
    public int Length => _text.Length;

    /// <summary>Label names and values in the text form.</summary>
    public static string Labels(IReadOnlyList<string> names, IReadOnlyList<string> values) =>
        string.Join(',', names.Zip(values, (name, value) => $"{name}=\"{Escape(value, quoted: true)}\""));

    private void Sample(string name, string labels, string value)
    {
        _text.Append(name);
        if (labels.Length > 0)
        {
            _text.Append('{').Append(labels).Append('}');
        }

        _text.Append(' ').Append(value).Append('\n');
    }

    private static string Escape(string text, bool quoted)
    {
        string escaped = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return quoted ? escaped.Replace("\"", "\\\"", StringComparison.Ordinal) : escaped;
    }

    private static string NameOf(MetricKind kind) => kind switch
    {
        MetricKind.Counter => "counter",
        MetricKind.Gauge => "gauge",
        _ => "histogram",
    };
}
