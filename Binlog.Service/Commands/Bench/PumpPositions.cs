using System.Text.Json;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.Bench;

/// <summary>Reads from <c>GET /status</c> of a Pump up to where it can be pulled.</summary>
internal static class PumpPositions
{
    /// <summary>The Pump's max commit TS (TSO); when the answer has several Pumps and none of this address, the greatest of theirs.</summary>
    /// <exception cref="StartFailedException">The Pump doesn't answer, or has no transaction.</exception>
    public static async Task<ulong> MaxCommitTsAsync(NodeHttp http, HostPort pump, CancellationToken cancellationToken)
    {
        if (await http.TryGetAsync(pump, "/status", cancellationToken) is not { } answer)
        {
            throw new StartFailedException($"The Pump at {pump} doesn't answer GET /status. Check the address, and that the Pump runs.");
        }

        if (Find(answer, pump) is not { } commitTs)
        {
            throw new StartFailedException($"What {pump} answers to GET /status names no Pump. Check that the address is a Pump's.");
        }

        return commitTs > 0 ? commitTs : throw new StartFailedException($"The Pump at {pump} has no transaction to pull. Write some first, with binlogd bench write or binlogd replay.");
    }

    /// <summary>The max commit TS in an answer, null when it has none.</summary>
    public static ulong? Find(JsonElement answer, HostPort pump)
    {
        ulong? greatest = null;
        if (answer.ValueKind != JsonValueKind.Object || !answer.TryGetProperty("status", out JsonElement nodes) || nodes.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        foreach (JsonProperty node in nodes.EnumerateObject())
        {
            if (node.Value.ValueKind != JsonValueKind.Object
                || !node.Value.TryGetProperty("maxCommitTS", out JsonElement member)
                || member.ValueKind != JsonValueKind.Number
                || !member.TryGetUInt64(out ulong commitTs))
            {
                continue;
            }

            if (node.Value.TryGetProperty("host", out JsonElement host) && host.ValueKind == JsonValueKind.String && host.GetString() == pump.ToString())
            {
                return commitTs;
            }

            greatest = Math.Max(greatest ?? 0, commitTs);
        }

        return greatest;
    }
}
