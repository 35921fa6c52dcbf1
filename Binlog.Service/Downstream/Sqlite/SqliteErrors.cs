using SQLitePCL;

namespace Binlog.Service.Downstream.Sqlite;

/// <summary>Turns SQLite's result codes into errors that say what to do.</summary>
internal static class SqliteErrors
{
    private const int PrimaryCode = 0xff;
    private const int LongestStatement = 200;

    /// <summary>The error for a result code.</summary>
    /// <param name="code">SQLite's extended result code.</param>
    /// <param name="message">SQLite's message.</param>
    /// <param name="path">The file.</param>
    /// <param name="doing">The statement, or what was being done.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public static TargetException Create(int code, string message, string path, string doing, Exception? innerException = null)
    {
        string remedy = (code & PrimaryCode) switch
        {
            raw.SQLITE_FULL => "The disk (or the file's size limit) is full; nothing of the transaction was kept. Make room: applying goes on from the checkpoint.",
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED => "Another program holds a lock on the file for too long; it may read, but must not keep a write transaction open.",
            raw.SQLITE_READONLY => "Let the service write to the file and its folder, or name another file in drainer.downstream.file.",
            raw.SQLITE_CANTOPEN => "Check drainer.downstream.file: its folder must exist and be writable, and it must not be a folder itself.",
            raw.SQLITE_NOTADB => "The file is no SQLite database. Name another file in drainer.downstream.file, or move this one away.",
            raw.SQLITE_CORRUPT => "The file is damaged. Restore it from a copy, or move it away and replicate into a new one.",
            raw.SQLITE_IOERR => "Reading or writing the file failed; check the disk and the system's log.",
            raw.SQLITE_CONSTRAINT => "The target holds a row that the upstream doesn't have: something else has written to it, or it did not start from the upstream's state.",
            raw.SQLITE_ERROR => "If a table or column is missing, the target did not start from the upstream's state or was changed by something else.",
            _ => "",
        };
        string shortened = doing.Length <= LongestStatement ? doing : $"{doing.AsSpan(0, LongestStatement)}…";
        return new TargetException(
            $"SQLite file {path} failed with code {code} ({message}) on: {shortened}. {remedy}".TrimEnd(), IsTransient(code), innerException)
        {
            IsDuplicateKey = code is raw.SQLITE_CONSTRAINT_PRIMARYKEY or raw.SQLITE_CONSTRAINT_UNIQUE or raw.SQLITE_CONSTRAINT_ROWID,
        };
    }

    private static bool IsTransient(int code) =>
        (code & PrimaryCode) is raw.SQLITE_FULL or raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_IOERR or raw.SQLITE_NOMEM or raw.SQLITE_INTERRUPT;
}
