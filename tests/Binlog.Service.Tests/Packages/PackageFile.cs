using System.IO.Compression;
using System.Xml.Linq;

namespace Binlog.Service.Tests.Packages;

/// <summary>What is in a NuGet package.</summary>
internal sealed class PackageFile
{
    private readonly XElement _metadata;

    public PackageFile(string path)
    {
        using ZipArchive archive = ZipFile.OpenRead(path);
        Entries = [.. archive.Entries.Select(entry => entry.FullName)];
        using Stream nuspec = archive.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        _metadata = XDocument.Load(nuspec).Root!.Elements().Single(element => element.Name.LocalName == "metadata");
    }

    public IReadOnlyList<string> Entries { get; }

    /// <summary>IDs of the packages that come along.</summary>
    public IReadOnlyList<string> Dependencies => [.. Descendants("dependency").Select(element => (string)element.Attribute("id")!).Order(StringComparer.Ordinal)];

    /// <summary>Shared frameworks that it needs beside the runtime itself.</summary>
    public IReadOnlyList<string> Frameworks => [.. Descendants("frameworkReference").Select(element => (string)element.Attribute("name")!)];

    public string Metadata(string name) => Descendants(name).SingleOrDefault()?.Value ?? "";

    private IEnumerable<XElement> Descendants(string name) => _metadata.Descendants().Where(element => element.Name.LocalName == name);
}
