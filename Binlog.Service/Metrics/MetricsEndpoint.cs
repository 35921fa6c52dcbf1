using Binlog.Service.Hosting.Http;
using Microsoft.AspNetCore.Http;

namespace Binlog.Service.Metrics;

/// <summary><c>GET /metrics</c> of every node, for Prometheus.</summary>
internal static class MetricsEndpoint
{
    /// <summary>The endpoint, for a node's table.</summary>
    public static HttpEndpoint Of(MetricRegistry registry) => HttpEndpoint.Get("/metrics", context =>
    {
        context.Response.ContentType = ExpositionWriter.ContentType;
        return context.Response.WriteAsync(registry.Write(), context.RequestAborted);
    });
}
