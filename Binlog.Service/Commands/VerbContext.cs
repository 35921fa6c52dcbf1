using Binlog.Service.Hosting;
using Binlog.Service.Hosting.Logging;
using Microsoft.Extensions.Logging;
using Spectre.Console;

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

    /// <summary>What <see cref="LoggerFactory"/> writes, for a verb that runs a host; null for others.</summary>
    public LogLevelSwitch? LogLevels { get; init; }

    /// <summary>Standard error as a console that progress is drawn on; null has it found out whether <see cref="Error"/> is a terminal.</summary>
    public IAnsiConsole? ErrorConsole { get; init; }
}
