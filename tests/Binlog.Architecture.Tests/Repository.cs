namespace Binlog.Architecture.Tests;

/// <summary>The working tree that the tests were built from.</summary>
internal static class Repository
{
    private static readonly string[] IgnoredFolders = ["artifacts", "bin", "obj", ".git", "TestResults", "BenchmarkDotNet.Artifacts"];

    public static string Root { get; } = FindRoot(AppContext.BaseDirectory);

    /// <summary>Files whose name ends so, as paths from the root with forward slashes.</summary>
    public static IReadOnlyList<string> Files(string extension) => [.. Walk(Root, extension).Select(Relative).Order(StringComparer.Ordinal)];

    public static string FullPath(string relative) => Path.Combine(Root, relative);

    private static IEnumerable<string> Walk(string directory, string extension) =>
        Directory.EnumerateFiles(directory, $"*{extension}").Concat(
            Directory.EnumerateDirectories(directory)
                .Where(child => !IgnoredFolders.Contains(Path.GetFileName(child)))
                .SelectMany(child => Walk(child, extension)));

    private static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

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
