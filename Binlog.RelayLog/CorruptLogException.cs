namespace Binlog.RelayLog;

/// <summary>Bytes of a log aren't what was written: a record in the middle is damaged, a file is cut short, missing or renamed. Nothing was changed on disk.</summary>
public sealed class CorruptLogException : RelayLogException
{
    internal CorruptLogException(string file, long offset, string expected, string found)
        : base($"The log file {file} is damaged at byte {offset}: expected {expected}, found {found}. "
            + "Nothing was changed. Restore the file from a copy, have the damage looked at and cut out (binlogd inspect verify, inspect repair), or move the whole directory away to begin a new log.")
    {
        File = file;
        Offset = offset;
        Expected = expected;
        Found = found;
    }

    /// <summary>Full path of the file.</summary>
    public string File { get; }

    /// <summary>Byte offset in the file.</summary>
    public long Offset { get; }

    /// <summary>What should be there.</summary>
    public string Expected { get; }

    /// <summary>What is there.</summary>
    public string Found { get; }
}
