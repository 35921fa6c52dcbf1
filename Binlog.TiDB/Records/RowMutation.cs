namespace Binlog.TiDB.Records;

/// <summary>One row change of a table.</summary>
/// <param name="Kind">Insert, Update or DeleteRow.</param>
/// <param name="Offset">Where the encoded row starts, from the start of the buffer.</param>
/// <param name="Length">Its length in bytes.</param>
public readonly record struct RowMutation(MutationType Kind, int Offset, int Length);
