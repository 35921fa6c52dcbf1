using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Configuration.Importing;

/// <summary>Keys of the original's pump.toml.</summary>
internal static class PumpImport
{
    private const string NoLevelDb = "there is no LevelDB here that it could set.";
    private const string Deprecated = "the original ignores it too.";
    private const string StopWriteAtAvailableSpace = "pump.stopWriteAtAvailableSpace";
    private const string MaxMessageSizePath = "pump.maxMessageSize";
    private const string MemoryLimit = "pump.memoryLimit";

    public static IReadOnlyDictionary<string, ImportStep> Steps { get; } = new Dictionary<string, ImportStep>(CommonImport.Steps)
    {
        ["gc"] = Gc,
        ["socket"] = CommonImport.Unless("", (from, target) => target.Set("pump.socket", from.Value.AsText(), from)),
        ["heartbeat-interval"] = CommonImport.Seconds("pump.heartbeatInterval"),
        ["gen-binlog-interval"] = FakeBinlogInterval,
        ["fake-binlog-interval"] = FakeBinlogInterval,
        ["max-message-size"] = MaxMessageSize,
        ["enable-debug"] = CommonImport.Drop("log.level = debug logs more."),
        ["binlog-file-size"] = CommonImport.Drop(Deprecated),
        ["enable-binlog-slice"] = CommonImport.Drop(Deprecated),
        ["binlog-slice-size"] = CommonImport.Drop(Deprecated),
        ["storage.sync-log"] = SyncLog,
        ["storage.kv_chan_cap"] = CommonImport.Drop("there is no queue between two stores here: the index is made from the log."),
        ["storage.slow_write_threshold"] = CommonImport.Seconds("pump.slowWriteThreshold"),
        ["storage.stop-write-at-available-space"] = StopWrite,
        ["storage.kv.block-cache-capacity"] = CommonImport.Drop(NoLevelDb),
        ["storage.kv.block-restart-interval"] = CommonImport.Drop(NoLevelDb),
        ["storage.kv.block-size"] = CommonImport.Drop(NoLevelDb),
        ["storage.kv.compaction-L0-trigger"] = CommonImport.Drop(NoLevelDb),
        ["storage.kv.compaction-table-size"] = CommonImport.Drop(NoLevelDb),
        ["storage.kv.compaction-total-size"] = CommonImport.Drop(NoLevelDb),
        ["storage.kv.compaction-total-size-multiplier"] = CommonImport.Drop(NoLevelDb),
        ["storage.kv.write-buffer"] = CommonImport.Drop(NoLevelDb),
        ["storage.kv.write-L0-pause-trigger"] = CommonImport.Drop(NoLevelDb),
        ["storage.kv.write-L0-slowdown-trigger"] = CommonImport.Drop(NoLevelDb),
    };

    /// <summary>What the original does when a key is not there, where our default is another one.</summary>
    public static void Finish(ImportTarget target)
    {
        if (!target.Has(StopWriteAtAvailableSpace))
        {
            target.LookAt(StopWriteAtAvailableSpace, $"not taken over from the original's file; there it is 10 GiB when it is not set, here {PumpSettings.StopWriteAtAvailableSpace.DefaultText}. Set it to stop earlier.");
        }

        if (!target.Has(MaxMessageSizePath))
        {
            target.LookAt(MaxMessageSizePath, $"not taken over from the original's file; there a message may have nearly 2 GiB when it is not set, here {PumpSettings.MaxMessageSize.DefaultText}. Set it, and pump.memoryLimit to twice as much, if there are larger transactions.");
        }
    }

    private static void MaxMessageSize(OriginalValue from, ImportTarget target)
    {
        decimal bytes = OriginalUnits.Bytes(from.Value);
        target.Set(MaxMessageSizePath, bytes, from);
        if (target.Has(MaxMessageSizePath) && 2 * bytes > PumpSettings.MemoryLimit.Default)
        {
            target.Set(MemoryLimit, 2 * bytes, from);
            target.LookAt(MemoryLimit, $"set to {2 * bytes} bytes, because {from.Assignment} needs memory for two such messages; the default is {PumpSettings.MemoryLimit.DefaultText}. Lower both if there are no transactions of that size.");
        }
    }

    private static void Gc(OriginalValue from, ImportTarget target)
    {
        string age = OriginalUnits.Text(OriginalUnits.Days(from.Value));
        target.Set("pump.retention.age", age, from);
        if (target.Has("pump.retention.age"))
        {
            target.Converted(from, $"pump.retention.age = {age}. The original removes binlogs of that age whether Drainers have them or not; here binlogs that a Drainer needs stay.");
        }
    }

    private static void FakeBinlogInterval(OriginalValue from, ImportTarget target)
    {
        const string path = "pump.fakeBinlogInterval";
        target.Set(path, CommonImport.Number(from.Value), from);
        if (target.Has(path))
        {
            target.Converted(from, $"{path} = {from.Assignment}, in seconds. Drainers whose transactions wait ask an idle Pump at once, whatever it is; Drainers of the original wait for it.");
        }
    }

    private static void SyncLog(OriginalValue from, ImportTarget target)
    {
        if (from.Value.AsBoolean())
        {
            target.Dropped(from, "every binlog is flushed before it is acknowledged, always.");
        }
        else
        {
            target.LookAt(from.ToString(), "every binlog is flushed before it is acknowledged here, and that can't be turned off: writes cost what a flush of this disk costs.");
        }
    }

    private static void StopWrite(OriginalValue from, ImportTarget target)
    {
        const string path = StopWriteAtAvailableSpace;
        decimal bytes = OriginalUnits.Bytes(from.Value);
        target.Set(path, bytes, from);
        if (target.Has(path))
        {
            target.Converted(from, $"{path} = {bytes} bytes.");
        }
    }
}
