namespace Binlog.RelayLog.Tests.Support;

/// <summary>Repairs a log in memory and looks at what is left.</summary>
internal static class RepairDriver
{
    public static LogRepairOptions Options(MemoryFileSystem files, ulong? sequence = null) => new()
    {
        Directory = DamagedLog.Directory,
        Name = "test log",
        FileSystem = files,
        TimeProvider = new ManualTimeProvider(),
        CommitTsAscends = true,
        Sequence = sequence,
    };

    /// <summary>Repairs everything and returns what was lost. Whatever the damage, a reading must have shown just that.</summary>
    public static async Task<LogRepairPlan> RepairAsync(MemoryFileSystem files, ulong? sequence = null)
    {
        await InspectionDriver.AgreesWithVerificationAsync(LogDriver.Options(DamagedLog.Directory, files.Restart()));
        using LogRepair repair = await LogRepair.BeginAsync(Options(files, sequence), null, CancellationToken.None);
        repair.Apply(null, CancellationToken.None);
        return repair.Plan;
    }

    /// <summary>Opens the log, checks every record, appends one more, and returns the sequence numbers that were there.</summary>
    public static async Task<List<ulong>> ReadAllAsync(MemoryFileSystem files)
    {
        await using SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, files) with { PassGaps = true });
        var sequences = new List<ulong>();
        using (LogReader reader = log.OpenReader(default))
        {
            while (reader.TryRead(out LogRecord record))
            {
                Assert.Equal(LogDriver.Tag(record.Sequence), record.Tag);
                Assert.True(record.Payload.Span.SequenceEqual(LogDriver.Payload(record.Sequence, record.Payload.Length)), $"payload of record {record.Sequence}");
                sequences.Add(record.Sequence);
            }
        }

        Assert.Equal((ulong)sequences.Count, log.Recovery.Records);
        LogPosition appended = (await LogDriver.AppendAsync(log, 33))[0];
        Assert.True(log.ReadAt(appended, out RecordBuffer? buffer));
        buffer.Dispose();
        return sequences;
    }

    public static List<ulong> Sequences(int count, params ulong[] without) =>
        [.. Enumerable.Range(1, count).Select(sequence => (ulong)sequence).Except(without)];
}
