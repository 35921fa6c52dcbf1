using Binlog.Service.Drainer.Spooling;

namespace Binlog.Service.Drainer.Collecting;

/// <summary>A binlog as a Pump sent it: a committed transaction or DDL job, or (<see cref="IsFake"/>) a mere point in time.</summary>
internal readonly record struct PulledBinlog(ulong CommitTs, ulong StartTs, bool IsFake, ReadOnlyMemory<byte> Payload)
{
    /// <summary>Where the binlog is instead of <see cref="Payload"/> when it is too large for memory; whoever gets it last releases it.</summary>
    public SpooledBinlog? Spool { get; init; }

    /// <summary>Length of the binlog in bytes, wherever it is.</summary>
    public int Length => Spool?.Length ?? Payload.Length;

    /// <summary>One in a file.</summary>
    public static PulledBinlog Of(SpooledBinlog spool) =>
        new(spool.Header.CommitTs, spool.Header.StartTs, spool.Header.IsFake, default) { Spool = spool };
}
