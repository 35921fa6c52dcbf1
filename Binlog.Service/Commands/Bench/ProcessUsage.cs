using System.Text.Json;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.Bench;

/// <summary>What server processes have cost so far.</summary>
/// <param name="CpuMicroseconds">CPU time, all processes together.</param>
/// <param name="ResidentBytes">Resident memory, all processes together.</param>
internal readonly record struct ProcessUsage(long CpuMicroseconds, long ResidentBytes)
{
    /// <summary>Asks the servers; null when one can't say, as the original's can't. A process with several nodes counts once.</summary>
    public static async Task<ProcessUsage?> TryReadAsync(NodeHttp http, IEnumerable<HostPort> servers, CancellationToken cancellationToken)
    {
        var seen = new HashSet<(string Host, long Pid)>();
        var sum = default(ProcessUsage);
        foreach (HostPort server in servers)
        {
            if (await http.TryGetAsync(server, ProcessEndpoint.Path, cancellationToken) is not { ValueKind: JsonValueKind.Object } answer
                || !TryGet(answer, "pid", out long pid)
                || !TryGet(answer, "cpuMicroseconds", out long cpu)
                || !TryGet(answer, "residentBytes", out long resident))
            {
                return null;
            }

            if (seen.Add((server.Host, pid)))
            {
                sum = new ProcessUsage(sum.CpuMicroseconds + cpu, sum.ResidentBytes + resident);
            }
        }

        return sum;
    }

    private static bool TryGet(JsonElement answer, string name, out long value)
    {
        value = 0;
        return answer.TryGetProperty(name, out JsonElement member) && member.ValueKind == JsonValueKind.Number && member.TryGetInt64(out value);
    }
}
