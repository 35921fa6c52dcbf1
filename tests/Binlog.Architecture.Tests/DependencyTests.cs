using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Binlog.Architecture.Tests;

/// <summary>Holds the documentation of packages to what is used.</summary>
public sealed partial class DependencyTests
{
    [Fact]
    public void Documentation_Packages_AreThoseThatAreUsed()
    {
        var used = XDocument.Load(Repository.FullPath("Directory.Packages.props")).Descendants("PackageVersion")
            .Select(p => $"{(string?)p.Attribute("Include")} {(string?)p.Attribute("Version")}");
        var documented = Row().Matches(File.ReadAllText(Repository.FullPath("docs/dependencies.md"))).Select(m => $"{m.Groups[1].Value} {m.Groups[2].Value}");

        Assert.Equal(used.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Documentation_DebianPackages_AreThoseThatTestScriptInstalls()
    {
        var script = PackageList().Match(File.ReadAllText(Repository.FullPath("test.sh"))).Groups[1].Value.Split(' ');
        var page = File.ReadAllText(Repository.FullPath("docs/dependencies.md"));

        Assert.NotEmpty(script);
        Assert.All(script, package => Assert.Contains($"`{package}`", page, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"^\| `([\w.]+)` \| (\d[\w.]*) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"^PACKAGES=\(([\w\- ]+)\)$", RegexOptions.Multiline)]
    private static partial Regex PackageList();
}
