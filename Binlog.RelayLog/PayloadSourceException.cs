namespace Binlog.RelayLog;

/// <summary>An append failed because its payload could not be read, or wasn't what its checksum says. Nothing of it is kept, and the log goes on.</summary>
public sealed class PayloadSourceException : RelayLogException
{
    internal PayloadSourceException(string what, Exception? cause)
        : base($"The payload of a record to be appended {what} Nothing of the append is kept; the log can be used further.", cause)
    {
    }

    /// <summary>The same for another append of the group.</summary>
    internal PayloadSourceException(Exception other)
        : base(other.Message, other)
    {
    }
}
