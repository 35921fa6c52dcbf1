namespace Binlog.Service.Tests.Pump.Storage;

/// <summary>What a file system may be made to fail at.</summary>
public enum FileOperation
{
    Write,
    Flush,
    Create,
    Rename,
    FlushDirectory,
    OpenRead,
    Read,
}
