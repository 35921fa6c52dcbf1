namespace Binlog.Service.Drainer.Collecting;

/// <summary>A binlog as a Pump sent it: a committed transaction or DDL job, or (<see cref="IsFake"/>) a mere point in time.</summary>
internal readonly record struct PulledBinlog(ulong CommitTs, ulong StartTs, bool IsFake, ReadOnlyMemory<byte> Payload);
