namespace Binlog.Service.Hosting;

/// <summary>The process can't start; trying again without a change won't help.</summary>
public sealed class StartFailedException : ServiceException
{
    internal StartFailedException(string message, Exception? innerException = null)
        : base(message, Hosting.ExitCode.StartFailed, innerException)
    {
    }
}
