using System.Text;
using Binlog.Cluster.Etcd;
using Binlog.Cluster.Registry;

namespace Binlog.Cluster.Tests.Registry;

/// <summary>Holds docs/formats/etcd-registry.md to the code.</summary>
public sealed class EtcdRegistryPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(FindRoot(AppContext.BaseDirectory), "docs", "formats", "etcd-registry.md"));

    [Fact]
    public void Page_Status_IsWhatANodeWrites()
    {
        int from = Page.IndexOf("```json\n", StringComparison.Ordinal) + 8;
        string example = Page[from..Page.IndexOf('\n', from)];
        var status = new NodeStatus
        {
            NodeId = "pump1:8250",
            Host = "192.168.1.7:8250",
            State = NodeState.Online,
            IsAlive = true,
            MaxCommitTs = 449271042135920641,
            UpdateTs = 449271042660990976,
        };

        Assert.Equal(example, Encoding.UTF8.GetString(status.ToJson()));
    }

    [Fact]
    public void Page_Keys_AreThoseThatAreUsed()
    {
        string[] keys =
        [
            .. new[] { NodeRole.Pump, NodeRole.Drainer }.SelectMany(role => new[] { EtcdNodeKeys.Entry(role, "NODE"), EtcdNodeKeys.Legacy(role, "NODE"), EtcdNodeKeys.Alive(role, "NODE") })
                .Append(EtcdTsoMark.Key).Select(key => key.ToStringUtf8()),
        ];

        Assert.Equal(7, keys.Length);
        Assert.All(keys, key => Assert.Contains($"`{key}`", Page, StringComparison.Ordinal));
        Assert.Contains($"| {EtcdNodeRegistry.Lease.TotalSeconds:0} s |", Page, StringComparison.Ordinal);
    }

    private static string FindRoot(string directory)
    {
        for (var at = new DirectoryInfo(directory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Binlog.sln")))
            {
                return at.FullName;
            }
        }

        throw new InvalidOperationException($"{directory} is not inside a working tree with Binlog.sln.");
    }
}
