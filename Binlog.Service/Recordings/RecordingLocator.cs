namespace Binlog.Service.Recordings;

/// <summary>Finds the recording that comes with the program.</summary>
internal static class RecordingLocator
{
    /// <summary>The directory <c>samples/recording</c> in, or above, the working directory or the program's own.</summary>
    /// <exception cref="RecordingException">There is none.</exception>
    public static string FindSample(string currentDirectory)
    {
        foreach (string start in new[] { currentDirectory, AppContext.BaseDirectory })
        {
            for (DirectoryInfo? directory = new(start); directory is not null; directory = directory.Parent)
            {
                string candidate = Path.Combine(directory.FullName, "samples", "recording");
                if (Directory.Exists(candidate))
                {
                    return candidate;
                }
            }
        }

        throw new RecordingException($"No recording was found: there is no samples/recording in {currentDirectory} or above. Give one with --recording DIR.");
    }
}
