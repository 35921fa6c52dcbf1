using Binlog.Service.Configuration;

namespace Binlog.Service.Tests.Configuration;

/// <summary>The cluster of a TiDB: where it is, and what follows for other keys.</summary>
public sealed class ClusterConfigurationTests : ConfigurationTest
{
    [Fact]
    public void Load_ModePd_TakesClusterIdAndHistoryFromTheCluster()
    {
        HostOptions options = Valid("""{ "cluster": { "mode": "pd" }, "drainer": { "downstream": { "file": "target.db" } } }""");

        Assert.Null(options.Cluster.Id);
        Assert.Equal(["http://127.0.0.1:2379"], options.Cluster.Endpoints);
        Assert.Equal(SchemaHistorySource.TiKv, options.Drainer!.SchemaHistory.Source);
    }

    [Fact]
    public void Load_ModeEtcd_HasLoginAndTheDefaultId()
    {
        HostOptions options = Valid("""{ "cluster": { "mode": "etcd", "endpoints": ["127.0.0.1:2379", "https://etcd2:2379"], "user": "binlog", "password": "s3cret" }, "pump": {} }""");

        Assert.Equal((1UL, "binlog", "s3cret"), (options.Cluster.Id, options.Cluster.User, options.Cluster.Password.Reveal()));
        Assert.Equal(["127.0.0.1:2379", "https://etcd2:2379"], options.Cluster.Endpoints);
    }

    [Fact]
    public void Load_ExamplesInTheDocument_AreValid()
    {
        string document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations", "tidb-cluster.md"));
        string[] examples = [.. document.Split("```jsonc").Skip(1).Select(part => part.Split("```")[0])];

        Assert.Equal(2, examples.Length);
        Assert.Equal((ClusterMode.Pd, SchemaHistorySource.TiKv), (Valid(examples[0]).Cluster.Mode, Valid(examples[0]).Drainer!.SchemaHistory.Source));
        Assert.Equal(["https://tidb1:10080", "https://tidb2:10080"], Valid(examples[1]).Drainer!.SchemaHistory.TiDbServers);
    }

    [Fact]
    public void Load_ModePd_FakesAreAsRareAsTheOriginals()
    {
        Assert.Equal(TimeSpan.FromSeconds(3), Valid("""{ "cluster": { "mode": "pd" }, "pump": {} }""").Pump!.FakeBinlogInterval);
        Assert.Equal(TimeSpan.FromMilliseconds(250), Valid("""{ "cluster": { "mode": "etcd" }, "pump": {} }""").Pump!.FakeBinlogInterval);
        Assert.Equal(TimeSpan.FromSeconds(1), Valid("""{ "cluster": { "mode": "pd" }, "pump": { "fakeBinlogInterval": "1s" } }""").Pump!.FakeBinlogInterval);
    }

    [Fact]
    public void Load_PasswordAlone_IsRefused() => Assert.StartsWith(
        "cluster.user: missing, and cluster.password is of no use without it",
        TheError("""{ "pump": {}, "cluster": { "mode": "etcd", "password": "s3" } }"""),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("", SchemaHistorySource.TiKv)]
    [InlineData("\"path\": \"jobs.jsonl\"", SchemaHistorySource.File)]
    [InlineData("\"source\": \"tidb\", \"tidb\": \"127.0.0.1:10080\"", SchemaHistorySource.TiDb)]
    [InlineData("\"source\": \"tikv\"", SchemaHistorySource.TiKv)]
    public void Load_ModePd_AnySourceOfTheHistory(string history, object source) => Assert.Equal(
        source,
        Valid($$"""{ "cluster": { "mode": "pd" }, "drainer": { "schemaHistory": { {{history}} }, "downstream": { "file": "target.db" } } }""").Drainer!.SchemaHistory.Source);

    [Theory]
    [InlineData("\"source\": \"tidb\"", "drainer.schemaHistory.tidb: missing")]
    [InlineData("\"source\": \"file\"", "drainer.schemaHistory.path: missing")]
    [InlineData("\"source\": \"tikv\", \"path\": \"jobs.jsonl\"", "has no effect with drainer.schemaHistory.source \"tikv\"")]
    [InlineData("\"tidb\": [\"127.0.0.1:10080\"]", "has no effect with drainer.schemaHistory.source")]
    public void Load_HistoryThatDoesNotFit_IsRefused(string history, string expected) => Assert.Contains(
        expected,
        TheError($$"""{ "cluster": { "mode": "pd" }, "drainer": { "schemaHistory": { {{history}} }, "downstream": { "file": "target.db" } } }"""),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("\"pump\": { \"listen\": \"0.0.0.0:8250\", \"advertise\": \"a:8250\" }", "pump.listen", "0.0.0.0:8250")]
    [InlineData("\"pump\": {}, \"cluster\": { \"join\": \"db1:8250\" }", "cluster.join", "db1:8250")]
    [InlineData("\"pump\": {}, \"cluster\": { \"mode\": \"pd\", \"endpoints\": [\"127.0.0.1:2379\", \"pd2:2379\"] }", "cluster.endpoints", "pd2:2379")]
    [InlineData("\"pump\": {}, \"cluster\": { \"mode\": \"etcd\", \"endpoints\": [\"http://[2001:db8::1]:2379\"] }", "cluster.endpoints", "http://[2001:db8::1]:2379")]
    [InlineData("\"drainer\": { \"schemaHistory\": { \"source\": \"tidb\", \"tidb\": [\"http://tidb:10080\"] }, \"downstream\": { \"file\": \"target.db\" } }", "drainer.schemaHistory.tidb", "http://tidb:10080")]
    public void Load_CleartextToAnotherMachine_NeedsASetting(string settings, string path, string address)
    {
        string error = TheError($"{{ {settings} }}");

        Assert.StartsWith(path, error, StringComparison.Ordinal);
        Assert.Contains($"{address} is not on this machine", error, StringComparison.Ordinal);
        Assert.Contains("security.allowPlainText", error, StringComparison.Ordinal);
        Assert.True(Valid($"{{ \"security\": {{ \"allowPlainText\": true }}, {settings} }}").Security.AllowsPlainText);
    }

    [Theory]
    [InlineData("127.0.0.1", "", TlsMode.Preferred)]
    [InlineData("localhost", "", TlsMode.Preferred)]
    [InlineData("db2", "", TlsMode.Required)]
    [InlineData("db2", ", \"tls\": { \"mode\": \"preferred\" }", TlsMode.Preferred)]
    [InlineData("db2", ", \"tls\": { \"mode\": \"verifyCa\" }", TlsMode.VerifyCa)]
    public void Load_TargetOnAnotherMachine_IsReachedByTls(string host, string tls, object expected)
    {
        string drainer = $$"""
            "drainer": { "schemaHistory": { "path": "jobs.jsonl" }, "downstream": { "type": "mysql", "host": "{{host}}", "user": "u"{{tls}} } }
            """;

        Assert.Equal(expected, Valid($"{{ {drainer} }}").Drainer!.Downstream.Tls.Mode);
        if (tls.Length == 0)
        {
            Assert.Equal(TlsMode.Preferred, Valid($"{{ \"security\": {{ \"allowPlainText\": true }}, {drainer} }}").Drainer!.Downstream.Tls.Mode);
        }
    }
}
