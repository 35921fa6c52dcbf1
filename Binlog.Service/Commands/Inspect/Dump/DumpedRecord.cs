using Binlog.RelayLog;
using Binlog.Service.Pump.Sorting;
using Binlog.Service.Pump.Storage;
using Binlog.TiDB.Records;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Commands.Inspect.Dump;

/// <summary>A record, decoded as far as it could be. Valid as long as the item that it was made of.</summary>
internal sealed record DumpedRecord
{
    /// <summary>Where it stands, its tag and bytes.</summary>
    public required InspectedItem Item { get; init; }

    /// <summary>Name of its kind, or "kind N".</summary>
    public required string Kind { get; init; }

    /// <summary>The binlog in it; empty when it has none.</summary>
    public ReadOnlyMemory<byte> Binlog { get; init; }

    /// <summary>What the binlog says besides its rows.</summary>
    public BinlogHeader Header { get; init; }

    /// <summary>The DDL job, from the log or the history.</summary>
    public DdlJob? Job { get; init; }

    /// <summary>Schema version that the rows are encoded under.</summary>
    public long SchemaVersion { get; init; }

    /// <summary>The tables that it changes, in the order of the binlog.</summary>
    public IReadOnlyList<DumpedTable> Tables { get; init; } = [];

    /// <summary>For a note of a Pump's store: who decided a transaction, and why; otherwise null.</summary>
    public TransactionDecision? Decision { get; init; }

    /// <summary>For a retention record of a Pump's store: what may have been removed after it; otherwise null.</summary>
    public OrderSnapshot? Retention { get; init; }

    /// <summary>Why it could not be decoded, or null.</summary>
    public string? Problem { get; init; }

    /// <summary>Commit TS, or the start TS when there is no commit TS.</summary>
    public ulong Ts => Item.Tag.CommitTs != 0 ? Item.Tag.CommitTs : Item.Tag.StartTs;
}
