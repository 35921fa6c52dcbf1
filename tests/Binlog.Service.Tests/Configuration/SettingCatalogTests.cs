using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Tests.Configuration;

public sealed class SettingCatalogTests
{
    private static string Table => File.ReadAllText(Path.Combine(Repository.Root, "docs", "configuration.md"));

    [Theory]
    [InlineData("cluster.mode")]
    [InlineData("cluster.id")]
    [InlineData("cluster.join")]
    [InlineData("cluster.endpoints")]
    [InlineData("cluster.user")]
    [InlineData("cluster.password")]
    [InlineData("security.allowPlainText")]
    [InlineData("drainer.schemaHistory.tidb")]
    [InlineData("nodeId")]
    [InlineData("dataDir")]
    [InlineData("pump.listen")]
    [InlineData("pump.advertise")]
    [InlineData("drainer.listen")]
    [InlineData("drainer.advertise")]
    [InlineData("drainer.initialCommitTs")]
    [InlineData("drainer.schemaHistory.source")]
    [InlineData("drainer.schemaHistory.path")]
    [InlineData("drainer.downstream.type")]
    [InlineData("drainer.downstream.host")]
    [InlineData("drainer.downstream.port")]
    [InlineData("drainer.downstream.user")]
    [InlineData("drainer.downstream.password")]
    [InlineData("drainer.downstream.file")]
    public void Catalog_PromisedKey_KeepsItsName(string path) => Assert.Contains(SettingCatalog.All, s => s.Path == path);

    [Fact]
    public void Catalog_EveryDefault_IsReadBackFromItsText()
    {
        var origin = new SettingOrigin("test", Path.GetTempPath());

        Assert.All(SettingCatalog.All.Where(s => s.HasPlainDefault && s.DefaultNote is null), setting =>
        {
            var raw = new RawValue(setting.Path, RawKind.Untyped, setting.DefaultText, origin);
            Assert.True(setting.TryRead(raw, out var value, out var problem), problem);
            Assert.Equal(setting.DefaultText, setting.Format(value));
        });
    }

    [Fact]
    public void Documentation_Table_IsThatOfTheCatalog()
    {
        var documented = Table.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.TrimEnd());
        var expected = SettingCatalog.All.Select(Row).ToList();

        Assert.True(expected.SequenceEqual(documented), $"docs/configuration.md should have these rows:{Environment.NewLine}{string.Join(Environment.NewLine, expected)}");
    }

    private static string Row(Setting s)
    {
        var isValue = s.HasPlainDefault && s.DefaultNote is null;
        var text = s == HostSettings.DataDir ? "/var/lib/binlog" : s.DefaultText;
        var original = string.Join(", ", new[] { s.Original, s.OriginalFlag }.Where(name => name is not null).Select(name => $"`{name}`"));
        return $"| `{s.Path}` | {original} | {s.TypeName} | {(isValue ? $"`{text}`" : text)} | {s.Unit} | {s.Range} | {s.Effect} |";
    }
}
