namespace Binlog.Service.Hosting;

/// <summary>A failure that <c>binlogd</c> explains to its user in one line; root of this program's own exceptions.</summary>
public class ServiceException : Exception
{
    /// <summary>Creates a failure after the start.</summary>
    /// <param name="message">What, where, found, expected, what to do.</param>
    /// <param name="innerException">The cause, shown in debug logs only.</param>
    internal ServiceException(string message, Exception? innerException = null)
        : this(message, Hosting.ExitCode.Failed, innerException)
    {
    }

    private protected ServiceException(string message, int exitCode, Exception? innerException)
        : base(message, innerException) => ExitCode = exitCode;

    /// <summary>Exit code of the process when nothing handles the exception.</summary>
    public int ExitCode { get; }
}
