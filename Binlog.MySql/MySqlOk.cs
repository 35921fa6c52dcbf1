namespace Binlog.MySql;

/// <summary>The server's answer to a statement that succeeded.</summary>
/// <param name="AffectedRows">Rows changed; for UPDATE the rows matched, whether or not their values changed
/// (the connection sets CLIENT_FOUND_ROWS). For a statement with several results, their sum.</param>
/// <param name="LastInsertId">First AUTO_INCREMENT value that the statement made, or 0.</param>
/// <param name="Warnings">Number of warnings; SHOW WARNINGS has the texts.</param>
/// <param name="Status">Session status after the statement.</param>
public readonly record struct MySqlOk(long AffectedRows, ulong LastInsertId, int Warnings, MySqlStatus Status);
