namespace Binlog.Service.Tests.Downstream;

/// <summary>A folder that goes with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("binlog-test-");

    /// <summary>A file in it.</summary>
    public string PathOf(string file) => Path.Combine(_folder.FullName, file);

    /// <inheritdoc/>
    public void Dispose() => _folder.Delete(recursive: true);
}
