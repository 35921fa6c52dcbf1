namespace Binlog.Service.Hosting;

/// <summary>Ids of log entries, by area in hundreds. An id never changes its meaning.</summary>
internal static class EventIds
{
    // 1000: host and membership
    public const int EffectiveSetting = 1000;
    public const int LoopbackListener = 1001;
    public const int NodeRegistered = 1002;
    public const int NodeRegistryFailed = 1003;
    public const int MetricsPushFailed = 1020;
    public const int MetricsPushWorks = 1021;

    // 2000: Pump
    public const int PumpStoreOpened = 2000;
    public const int PumpIrregularBinlog = 2001;
    public const int PumpSortingStopped = 2002;
    public const int PumpWriteFailed = 2003;
    public const int PumpDiskFull = 2004;
    public const int PumpPullFailed = 2005;
    public const int PumpNotifyFailed = 2006;
    public const int PumpFakeFailed = 2007;
    public const int PumpSlowWrite = 2060;

    // 3000: Drainer
    public const int DrainerStarted = 3000;
    public const int DrainerSourceAdded = 3001;
    public const int DrainerSourceFailed = 3002;
    public const int DrainerSourceRemoved = 3003;
    public const int DrainerTargetOpened = 3004;
    public const int DrainerTargetFailed = 3005;
    public const int DrainerSchemaChange = 3006;
    public const int DrainerPumpsUnknown = 3007;
    public const int DrainerWaitsForPumps = 3008;
    public const int DrainerRelayFull = 3009;
}
