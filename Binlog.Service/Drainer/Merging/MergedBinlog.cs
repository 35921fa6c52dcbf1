namespace Binlog.Service.Drainer.Merging;

/// <summary>A binlog in its place in the order of the whole cluster.</summary>
internal readonly record struct MergedBinlog(ulong CommitTs, ulong StartTs, bool IsFake, ReadOnlyMemory<byte> Payload, string NodeId);
