using Binlog.RelayLog;

namespace Binlog.Service.Pump.Sorting;

/// <summary>A binlog in the order in which the Pump stored it.</summary>
internal readonly record struct Arrival(PumpRecordKind Kind, ulong StartTs, ulong CommitTs, LogPosition Position);
