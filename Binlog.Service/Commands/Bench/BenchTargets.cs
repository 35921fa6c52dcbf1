using Binlog.Service.Configuration;

namespace Binlog.Service.Commands.Bench;

/// <summary>Opens the target that a benchmark's command line names.</summary>
internal static class BenchTargets
{
    /// <summary>Opens it; a file of the benchmark's own when none is named.</summary>
    /// <param name="downstream">What the command line names.</param>
    /// <param name="directory">Has the file's directory.</param>
    /// <param name="error">Is told when the removal at the end fails.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="Hosting.StartFailedException">The target can't be used; the message says why.</exception>
    public static async Task<IBenchTarget> OpenAsync(DownstreamUrl? downstream, BenchSystem directory, TextWriter error, CancellationToken cancellationToken) => downstream?.Options switch
    {
        null => new SqliteBenchTarget(Path.Combine(directory.DirectoryPath, "target.db")),
        { Type: DownstreamType.Sqlite, File: { } file } => new SqliteBenchTarget(file),
        { } server => await MySqlBenchTarget.OpenAsync(server, error, cancellationToken),
    };
}
