namespace Binlog.Service.Drainer.Checking;

/// <summary>A directory for what a check reads; made when it is needed, and deleted at the end.</summary>
internal sealed class ScratchDirectory : IDisposable
{
    private string? _path;

    /// <summary>Its path.</summary>
    /// <exception cref="IOException">It can't be made.</exception>
    public string Path => _path ??= Directory.CreateTempSubdirectory("binlog-check-").FullName;

    /// <inheritdoc />
    public void Dispose()
    {
        if (_path is not null)
        {
            try
            {
                Directory.Delete(_path, recursive: true);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // What was found is worth more; temporary directories are cleaned up anyway.
            }
        }
    }
}
