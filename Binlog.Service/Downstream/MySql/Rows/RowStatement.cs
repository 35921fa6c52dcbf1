namespace Binlog.Service.Downstream.MySql.Rows;

/// <summary>What a statement about rows has to do.</summary>
/// <param name="FirstRow">Index in the batch of the first row that it is about.</param>
/// <param name="Rows">How many rows of the batch it is about, and so must match or insert.</param>
/// <param name="LenientWarnings">
/// 0 usually. More: the statement writes that many ENUM values '' (index 0), which a strict session refuses; it runs in a session that
/// isn't strict, and must raise exactly so many warnings, for one more would be a value cut short.
/// </param>
/// <param name="IsRepeatable">Whether rows may be there already that it inserts, or be missing that it deletes.</param>
internal readonly record struct RowStatement(int FirstRow, int Rows, int LenientWarnings, bool IsRepeatable = false);
