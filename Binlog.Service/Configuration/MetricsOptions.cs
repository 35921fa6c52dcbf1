using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Configuration;

/// <summary>Where metrics are sent, besides being there to be scraped.</summary>
internal sealed record MetricsOptions
{
    /// <summary>A Prometheus push gateway; null pushes nothing.</summary>
    public HostPort? PushAddress { get; init; }

    /// <summary>How often metrics are pushed; zero pushes nothing.</summary>
    public TimeSpan PushInterval { get; init; } = OperationsSettings.PushInterval.Default;
}
