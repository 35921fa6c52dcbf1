using System.Xml.Linq;

namespace Binlog.Architecture.Tests;

/// <summary>What a csproj refers to.</summary>
internal sealed class ProjectFile
{
    private readonly XDocument _document;

    public ProjectFile(string path)
    {
        Path = path;
        Name = System.IO.Path.GetFileNameWithoutExtension(path);
        _document = XDocument.Load(Repository.FullPath(path));
        ProjectReferences = [.. Includes("ProjectReference").Select(include => System.IO.Path.GetFileNameWithoutExtension(include.Replace('\\', '/')))];
    }

    public static IReadOnlyList<ProjectFile> All { get; } = [.. Repository.Files(".csproj").Select(path => new ProjectFile(path))];

    public string Path { get; }

    public string Name { get; }

    public bool IsTest => Path.StartsWith("tests/", StringComparison.Ordinal);

    public IReadOnlyList<string> ProjectReferences { get; }

    /// <summary>Packages, packages taken as files, frameworks and bare assemblies.</summary>
    public IEnumerable<string> OtherReferences =>
        new[] { "PackageReference", "PackageDownload", "FrameworkReference", "Reference" }.SelectMany(Includes);

    public string Sdk => (string?)_document.Root?.Attribute("Sdk") ?? "";

    public string? TargetFramework => _document.Descendants().LastOrDefault(e => e.Name.LocalName == "TargetFramework")?.Value;

    private IEnumerable<string> Includes(string element) =>
        _document.Descendants().Where(e => e.Name.LocalName == element).Select(e => (string?)e.Attribute("Include")).OfType<string>();
}
