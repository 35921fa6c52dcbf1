namespace Binlog.Service.Hosting;

/// <summary>Ids of log entries, by area in hundreds. An id never changes its meaning.</summary>
internal static class EventIds
{
    public const int EffectiveSetting = 1000;
    public const int LoopbackListener = 1001;
}
