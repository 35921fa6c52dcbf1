using Binlog.RelayLog;

namespace Binlog.Service.Commands.Inspect.Dump;

/// <summary>Shows what a dump comes to, in one of its forms.</summary>
internal interface IDumpWriter
{
    /// <summary>A record; of its tables those that are wanted.</summary>
    void Write(DumpedRecord record, Func<DumpedTable, bool> isWanted);

    /// <summary>A gap, damage, or a segment that went meanwhile.</summary>
    void WriteIrregular(in InspectedItem item);

    /// <summary>Passes on what is still held.</summary>
    void Flush();
}
