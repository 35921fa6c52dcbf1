using Binlog.Service.Drainer.Spooling;

namespace Binlog.Service.Drainer.Merging;

/// <summary>A binlog in its place in the order of the whole cluster.</summary>
internal readonly record struct MergedBinlog(ulong CommitTs, ulong StartTs, bool IsFake, ReadOnlyMemory<byte> Payload, string NodeId)
{
    /// <summary>Where the binlog is instead of <see cref="Payload"/> when it is too large for memory; its reader releases it.</summary>
    public SpooledBinlog? Spool { get; init; }

    /// <summary>Length of the binlog in bytes, wherever it is.</summary>
    public int Length => Spool?.Length ?? Payload.Length;
}
