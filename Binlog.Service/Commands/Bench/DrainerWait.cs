using System.Text.Json;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.Bench;

/// <summary>Waits for a Drainer, by its status.</summary>
internal static class DrainerWait
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan StallTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Returns when the target has everything up to a commit TS.</summary>
    /// <exception cref="ServiceException">The Drainer does not go on.</exception>
    public static async Task ForAsync(NodeHttp http, HostPort drainer, ulong commitTs, TimeProvider time, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(PollInterval, time);
        ulong reached = 0;
        long moved = time.GetTimestamp();
        do
        {
            JsonElement? status = await http.TryGetAsync(drainer, "/status", cancellationToken);
            ulong lastTs = LastTs(status);
            if (lastTs > reached)
            {
                (reached, moved) = (lastTs, time.GetTimestamp());
            }
            else if (time.GetElapsedTime(moved) > StallTimeout)
            {
                throw new ServiceException($"The Drainer has not moved for {StallTimeout.TotalSeconds:0} s; it is at commit TS {reached} of {commitTs}. Its last status: {status?.GetRawText() ?? "none"}");
            }
        }
        while (reached < commitTs && await timer.WaitForNextTickAsync(cancellationToken));
    }

    private static ulong LastTs(JsonElement? status) =>
        status is { ValueKind: JsonValueKind.Object } answer
        && answer.TryGetProperty("LastTS", out JsonElement lastTs)
        && lastTs.ValueKind == JsonValueKind.Number
        && lastTs.TryGetUInt64(out ulong value) ? value : 0;
}
