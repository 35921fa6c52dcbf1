using Binlog.Service.Downstream;
using Binlog.TiDB.Records;

namespace Binlog.Service.Drainer.Translating;

/// <summary>A transaction that is translated in pieces: where the translation stands. One use, from the first row to the last.</summary>
/// <param name="header">What the binlog says besides its rows.</param>
/// <param name="reader">Its rows; null when it has none.</param>
internal sealed class LargeTransaction(BinlogHeader header, LargePrewriteReader? reader)
{
    /// <summary>What the binlog says besides its rows.</summary>
    public BinlogHeader Header => header;

    /// <summary>Its rows; null when it has none.</summary>
    public LargePrewriteReader? Reader => reader;

    /// <summary>Schema version that the rows are encoded under; 0 without rows.</summary>
    public long SchemaVersion => reader?.SchemaVersion ?? 0;

    /// <summary>Whether the rows that follow are of the reader's current table.</summary>
    public bool IsInTable { get; set; }

    /// <summary>That table; null when its rows are left out.</summary>
    public TableSchema? Table { get; set; }

    /// <summary>How many of its rows were read.</summary>
    public int RowsOfTable { get; set; }

    /// <summary>Whether every row was read.</summary>
    public bool IsOver { get; set; } = reader is null;
}
