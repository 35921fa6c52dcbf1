using Binlog.Service.Hosting;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Commands;

/// <summary>What every verb gets besides its options.</summary>
/// <param name="Process">Standard output and error, environment, working directory.</param>
/// <param name="LoggerFactory">Writes to standard error; belongs to the caller.</param>
/// <param name="LogLevel">Lowest level that is written.</param>
internal sealed record VerbContext(ProcessEnvironment Process, ILoggerFactory LoggerFactory, LogLevel LogLevel)
{
    /// <summary>Standard output: results.</summary>
    public TextWriter Output => Process.Output;

    /// <summary>Standard error: progress and errors.</summary>
    public TextWriter Error => Process.Error;
}
