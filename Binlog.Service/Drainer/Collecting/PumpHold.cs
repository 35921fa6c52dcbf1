using System.Globalization;

namespace Binlog.Service.Drainer.Collecting;

/// <summary>A Pump that merging waits for longer than an idle Pump makes it wait.</summary>
/// <param name="Source">The Pump.</param>
/// <param name="Kind">Why.</param>
/// <param name="Reason">The same in words.</param>
internal sealed record PumpHold(PumpSource Source, PumpHoldKind Kind, string Reason)
{
    /// <summary>A Pump sends a point in time several times a second, unless it is configured otherwise, while there is anything new in the cluster.</summary>
    public static TimeSpan SilentAfter { get; } = TimeSpan.FromSeconds(6);

    /// <summary>Whether a Pump is connected and has sent nothing for long. In a cluster where nothing is written all are silent.</summary>
    public static bool IsSilent(PumpSource source) => source.Failure is null && source.Queue.IsEmpty && source.SilentFor >= SilentAfter;

    /// <summary>Looks at a source; null when it holds nothing up.</summary>
    /// <param name="source">The source.</param>
    /// <param name="othersWait">Whether something of other sources waits for it.</param>
    public static PumpHold? Of(PumpSource source, bool othersWait)
    {
        if (source.Failure is { } failure)
        {
            return new PumpHold(source, source.IsOver ? PumpHoldKind.Refusing : source.IsPaused ? PumpHoldKind.Paused : PumpHoldKind.Failing, failure);
        }

        return IsSilent(source) && (othersWait || !source.IsAlive || source.RegisteredTs > source.LastTs)
            ? new PumpHold(source, PumpHoldKind.Silent, string.Create(CultureInfo.InvariantCulture, $"it is connected and has sent nothing for {source.SilentFor.TotalSeconds:0} s, since commit TS {source.LastTs}{(source.IsAlive ? "" : "; the registry takes it for dead")}"))
            : null;
    }
}
