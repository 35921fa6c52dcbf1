using Binlog.ClusterKit.Etcd;

namespace Binlog.Cluster.Tests.Registry;

/// <summary>
/// What PingCAP's <c>binlogctl -cmd update-pump</c> does: it reads a status, changes its state and writes it back, whoever has written meanwhile.
/// </summary>
internal static class ForeignBinlogctl
{
    /// <summary>The value as the original's encoder writes it: fields in this order, no spaces.</summary>
    public static string Status(string nodeId, string host, string state, long maxCommitTs, long updateTs, string label = "null", string isAlive = "false") =>
        $"{{\"nodeId\":\"{nodeId}\",\"host\":\"{host}\",\"state\":\"{state}\",\"isAlive\":{isAlive},\"score\":0,\"label\":{label},\"maxCommitTS\":{maxCommitTs},\"updateTS\":{updateTs}}}";

    /// <summary>Sets a node's state.</summary>
    public static async Task UpdateAsync(EtcdServer server, string key, string state, CancellationToken cancellationToken)
    {
        string value = await server.Gateway.GetAsync(key, cancellationToken) ?? throw new InvalidOperationException($"node {key} not found");
        int from = value.IndexOf("\"state\":\"", StringComparison.Ordinal) + 9;
        await server.Gateway.PutAsync(key, value[..from] + state + value[value.IndexOf('"', from)..], cancellationToken);
    }
}
