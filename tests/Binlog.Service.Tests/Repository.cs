namespace Binlog.Service.Tests;

/// <summary>The working tree that the tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string directory)
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
