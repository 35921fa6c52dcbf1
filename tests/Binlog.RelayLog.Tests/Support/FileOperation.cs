namespace Binlog.RelayLog.Tests.Support;

/// <summary>A file operation that a fault can be put before or after.</summary>
public enum FileOperation
{
    CreateDirectory,
    List,
    Create,
    OpenRead,
    OpenWrite,
    Read,
    Write,
    SetLength,
    Reserve,
    Flush,
    Rename,
    Delete,
    FlushDirectory,
    Lock,
}
