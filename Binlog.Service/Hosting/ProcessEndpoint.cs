using System.Text.Json;
using Binlog.Service.Hosting.Http;
using Microsoft.AspNetCore.Http;

namespace Binlog.Service.Hosting;

/// <summary>
/// <c>GET /debug/process</c> of every node: what this process has cost so far, so that a benchmark can tell the server's share
/// of the machine from its own.
/// </summary>
internal static class ProcessEndpoint
{
    public const string Path = "/debug/process";

    /// <summary>The endpoint, for a node's table.</summary>
    public static HttpEndpoint Endpoint { get; } = HttpEndpoint.Get(Path, HandleAsync);

    /// <summary>
    /// Answers <c>pid</c>, <c>cpuMicroseconds</c> (user and kernel time since the process started) and <c>residentBytes</c>.
    /// </summary>
    public static async Task HandleAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        await using var writer = new Utf8JsonWriter(context.Response.BodyWriter);
        writer.WriteStartObject();
        writer.WriteNumber("pid", Environment.ProcessId);
        writer.WriteNumber("cpuMicroseconds", Environment.CpuUsage.TotalTime.Ticks / TimeSpan.TicksPerMicrosecond);
        writer.WriteNumber("residentBytes", Environment.WorkingSet);
        writer.WriteEndObject();
    }
}
