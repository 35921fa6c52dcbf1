using System.Text.RegularExpressions;

namespace Binlog.Architecture.Tests;

/// <summary>A C# file of the repository.</summary>
internal sealed partial class SourceFile
{
    public SourceFile(string path)
    {
        Path = path;
        Lines = File.ReadAllLines(Repository.FullPath(path));
        Namespace = Lines.Select(line => NamespaceLine().Match(line)).FirstOrDefault(m => m.Success)?.Groups[1].Value;
        var folders = path.Split('/')[..^1];
        ExpectedNamespace = string.Join('.', folders[0] == "tests" ? folders[1..] : folders);
    }

    public string Path { get; }

    public IReadOnlyList<string> Lines { get; }

    /// <summary>The file-scoped namespace; null when there is none.</summary>
    public string? Namespace { get; }

    public string ExpectedNamespace { get; }

    [GeneratedRegex(@"^namespace ([\w.]+);\s*$")]
    private static partial Regex NamespaceLine();
}
