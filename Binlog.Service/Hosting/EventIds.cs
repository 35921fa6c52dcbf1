namespace Binlog.Service.Hosting;

/// <summary>Ids of log entries, by area in hundreds. An id never changes its meaning.</summary>
internal static class EventIds
{
    // 1000: host and membership
    public const int EffectiveSetting = 1000;
    public const int LoopbackListener = 1001;
    public const int NodeRegistered = 1002;
    public const int NodeRegistryFailed = 1003;
    public const int NodeRoleEnded = 1010;
    public const int NodeAllRolesEnded = 1011;
    public const int NodeStateChanged = 1012;
    public const int NodeNameMayBeTaken = 1013;
    public const int NodeLastStateUnknown = 1014;
    public const int NodeStateEdited = 1015;
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
    public const int PumpStoreGap = 2008;
    public const int PumpSegmentsMissing = 2009;
    public const int PumpIndexRebuilt = 2010;
    public const int PumpIndexDamaged = 2011;
    public const int PumpCheckpointFailed = 2012;
    public const int PumpSpillFailed = 2013;
    public const int PumpBinlogsRemoved = 2014;
    public const int PumpTransactionDecided = 2015;
    public const int PumpRepeatedRemoved = 2016;
    public const int PumpSortingReadFailed = 2017;
    public const int PumpPullUnreadable = 2018;
    public const int PumpStoreCut = 2019;

    // 2040: deciding transactions
    public const int PumpOrderHeld = 2040;
    public const int PumpOrderReleased = 2041;
    public const int PumpFateFailed = 2042;
    public const int PumpDecisionNotTaken = 2043;

    // 2030: Pump, retention
    public const int PumpDiskLow = 2030;
    public const int PumpDiskEnough = 2031;
    public const int PumpWritesTakenAgain = 2032;
    public const int PumpRetentionFailed = 2034;
    public const int PumpDrainerHoldsBack = 2035;
    public const int PumpDrainerEndangered = 2036;
    public const int PumpNeededBinlogsRemoved = 2037;
    public const int PumpDrainersUnknown = 2038;
    public const int PumpDiskUnknown = 2039;

    // 2050: leaving
    public const int PumpLeaving = 2050;
    public const int PumpLeft = 2051;
    public const int PumpLeftWithoutDrainers = 2052;
    public const int PumpLeavingEnded = 2053;
    public const int PumpWasLeaving = 2054;
    public const int PumpDrainerNotTold = 2055;

    // 2060: Pump, measuring
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
    public const int DrainerRelayCut = 3010;
    public const int DrainerRelayEndMissing = 3011;
    public const int DrainerRelayBeginningLost = 3012;
    public const int DrainerMergeHeld = 3013;
    public const int DrainerMergeReleased = 3014;
    public const int DrainerRelayDamaged = 3015;
    public const int DrainerRelayRefetching = 3016;
    public const int DrainerRelayRefetched = 3017;
    public const int DrainerIsStandby = 3018;
    public const int DrainerTookOver = 3019;
    public const int DrainerEndsHolder = 3020;
    public const int DrainerTuned = 3041;
    public const int DrainerSpoolFull = 3036;
    public const int DrainerSpoolRemoved = 3037;
    public const int DrainerSpoolKept = 3038;
    public const int DrainerJobMissing = 3049;
    public const int SafePointChanged = 1017;
    public const int SafePointRefused = 1018;
    public const int DrainerSchemaStoreDamaged = 3046;
    public const int DrainerSchemaFetched = 3047;
    public const int DrainerSchemaAway = 3048;
    public const int DrainerLargeBegun = 3050;
    public const int DrainerLargeApplied = 3051;
    public const int DrainerLargeOrdering = 3052;
    public const int DrainerInDoubt = 3042;
    public const int DrainerTakesOverOriginal = 3043;
    public const int DrainerWatchesOriginal = 3044;
    public const int DrainerSourcePaused = 1016;
    public const int DrainerRepeatedTransaction = 3040;

    // 3060: schema changes that the target refuses
    public const int DrainerSchemaChangeHeld = 3060;
    public const int DrainerSchemaChangeChosen = 3061;
    public const int DrainerSchemaChangeSkipped = 3062;

    // 3045: announcements
    public const int DrainerSourceAnnouncesNothing = 3045;
}
