using System.Text;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Metrics;

/// <summary>
/// Sends a node's metrics to a Prometheus push gateway at an interval, under the job and the grouping key of the original. A gateway
/// that can't be reached is reported once and tried again.
/// </summary>
/// <remarks>
/// POST, as in the original: it replaces metrics of the same name only. A PUT would let the Pump and the Drainer of one host, which may
/// share a node ID, wipe each other's out.
/// </remarks>
internal sealed partial class MetricsPusher : IAsyncDisposable
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = CallTimeout };
    private readonly CancellationTokenSource _stopping = new();
    private readonly MetricRegistry _registry;
    private readonly Uri _target;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Task _pushing;

    private MetricsPusher(MetricRegistry registry, HostPort gateway, TimeSpan interval, string nodeId, TimeProvider time, ILogger logger)
    {
        _registry = registry;
        _target = new Uri($"http://{gateway}/metrics/job/binlog/instance/{Uri.EscapeDataString(nodeId)}");
        _time = time;
        _logger = logger;
        _pushing = PushAsync(interval);
    }

    /// <summary>Starts pushing, if the configuration asks for it.</summary>
    /// <param name="registry">The node's metrics.</param>
    /// <param name="options">Where to and how often.</param>
    /// <param name="nodeId">The node's name: the instance.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where a failing gateway is reported.</param>
    /// <returns>Ends the pushing when disposed of; null when nothing is pushed.</returns>
    public static MetricsPusher? Start(MetricRegistry registry, MetricsOptions options, string nodeId, TimeProvider time, ILogger logger) =>
        options.PushAddress is { } gateway && options.PushInterval > TimeSpan.Zero
            ? new MetricsPusher(registry, gateway, options.PushInterval, nodeId, time, logger)
            : null;

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _pushing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _client.Dispose();
        _stopping.Dispose();
    }

    private async Task PushAsync(TimeSpan interval)
    {
        using var timer = new PeriodicTimer(interval, _time);
        bool failed = false;
        while (await timer.WaitForNextTickAsync(_stopping.Token))
        {
            string? failure = await PushOnceAsync();
            if (failure is not null && !failed)
            {
                LogFailed(_target, failure);
            }
            else if (failure is null && failed)
            {
                LogWorks(_target);
            }

            failed = failure is not null;
        }
    }

    private async Task<string?> PushOnceAsync()
    {
        try
        {
            using var content = new StringContent(_registry.Write(), Encoding.UTF8);
            content.Headers.Remove("Content-Type");
            content.Headers.TryAddWithoutValidation("Content-Type", ExpositionWriter.ContentType);
            using HttpResponseMessage response = await _client.PostAsync(_target, content, _stopping.Token);
            return response.IsSuccessStatusCode ? null : $"it answers {(int)response.StatusCode} {response.ReasonPhrase}";
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return exception.Message;
        }
        catch (OperationCanceledException) when (!_stopping.IsCancellationRequested)
        {
            return $"it did not answer within {CallTimeout.TotalSeconds:0} s";
        }
    }

    [LoggerMessage(EventIds.MetricsPushFailed, LogLevel.Warning, "Metrics can't be pushed to {Target}; it is tried again, this is said once: {Reason}. Check metrics.pushAddress.")]
    private partial void LogFailed(Uri target, string reason);

    [LoggerMessage(EventIds.MetricsPushWorks, LogLevel.Information, "Metrics are pushed to {Target} again.")]
    private partial void LogWorks(Uri target);
}
