using Binlog.RelayLog.Format;
using Binlog.RelayLog.Recovery;

namespace Binlog.RelayLog.Inspecting;

/// <summary>A log as its directory, its segments' headers and its clean-close mark show it.</summary>
/// <param name="Segments">Oldest first; missing ones among them.</param>
/// <param name="Identity">Any intact header, for cluster and identity; null when no segment has one.</param>
/// <param name="Flushed">Up to where the log is known to have been flushed; null when nothing tells.</param>
internal sealed record ProbedLog(IReadOnlyList<SegmentProbe> Segments, SegmentHeader? Identity, KnownEnd? Flushed)
{
    /// <summary>Looks at a log's directory without the lock, beside a process that appends and removes.</summary>
    /// <exception cref="RelayLogException">The files aren't those of one log, or can't be read.</exception>
    public static ProbedLog Read(SegmentedLogOptions options, CancellationToken cancellationToken)
    {
        // The mark first: what it vouches for is in the files that are looked at afterwards.
        CloseMark? mark = CloseMarkFile.TryRead(options);
        IReadOnlyList<SegmentProbe> probes = LogProbe.Read(options, cancellationToken);
        SegmentProbe? known = probes.FirstOrDefault(probe => probe.Header is not null) ?? probes.FirstOrDefault(probe => probe.RescuedHeader is not null);
        SegmentHeader? identity = known?.Header ?? known?.RescuedHeader;
        KnownEnd? flushed = identity is { } header ? FlushedEnd.Of(header.LogId, mark, options.KnownEnd) : null;
        return new ProbedLog(flushed is null ? probes : LogProbe.WithMissingEnd(options, probes, flushed), identity, flushed);
    }

    /// <summary>Bytes of all files.</summary>
    public long Bytes => Segments.Sum(probe => probe.FileLength);
}
