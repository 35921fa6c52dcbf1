namespace Binlog.RelayLog;

/// <summary>Root of everything that a log throws, except for wrong arguments and use after disposal.</summary>
public class RelayLogException : Exception
{
    internal RelayLogException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>True when the same call may succeed later without anything being reopened.</summary>
    public virtual bool IsTransient => false;
}
