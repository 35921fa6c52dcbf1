using Binlog.RelayLog.Files;

namespace Binlog.RelayLog.Tests.Support;

/// <summary>A fixed course of appends, batches, retention and reopening, that may be ended at any operation by a crash; and the checks that must hold afterwards.</summary>
internal sealed class Workload
{
    private const string Directory = "/log";
    private static readonly int[] Sizes = [10, 700, 0, 1500, 64, 2500, 33, 900, 5000, 8, 1200, 1200, 1200, 600];

    /// <summary>Sequence number of the last acknowledged record.</summary>
    public ulong Acknowledged { get; private set; }

    /// <summary>Sequence number of the last record whose append was begun.</summary>
    public ulong Attempted { get; private set; }

    public static SegmentedLogOptions Options(ILogFileSystem files) => LogDriver.Options(Directory, files);

    /// <summary>What is known now, for a check that goes its own way.</summary>
    public Workload Copy() => new() { Acknowledged = Acknowledged, Attempted = Attempted };

    /// <summary>Runs to the end, or to the failure that a crash or fault causes.</summary>
    public async Task<RelayLogException?> RunAsync(MemoryFileSystem files)
    {
        try
        {
            await RunPartAsync(files, Sizes[..6], retain: false);
            await RunPartAsync(files, Sizes[6..], retain: true);
            return null;
        }
        catch (RelayLogException e)
        {
            return e;
        }
    }

    /// <summary>Everything acknowledged is there, in order and unchanged; what else is there was attempted; the log takes appends.</summary>
    public async Task VerifyAsync(MemoryFileSystem files)
    {
        await using SegmentedLog log = await LogDriver.OpenAsync(Options(files));
        LogDriver.ReadAll(log);
        Assert.InRange(log.LastSequence, Acknowledged, Attempted);
        Acknowledged = Attempted = log.LastSequence;
        ulong first = log.Segments[0].FirstSequence;
        int[] kept = [.. LogDriver.ReadAll(log)];
        Assert.Equal((int)(log.LastSequence - first + 1), kept.Length);
        await AppendAsync(log, 40);
        Assert.Equal(log.LastSequence, Acknowledged);
    }

    private async Task RunPartAsync(MemoryFileSystem files, int[] sizes, bool retain)
    {
        SegmentedLog log = await LogDriver.OpenAsync(Options(files));
        try
        {
            foreach (int size in sizes)
            {
                await AppendAsync(log, size);
            }

            await AppendBatchAsync(log, [300, 1100, 20]);
            if (retain)
            {
                await log.ApplyRetentionAsync(new RetentionPolicy { MaxBytes = 9000 }, CancellationToken.None);
                await AppendAsync(log, 90);
            }
        }
        finally
        {
            await log.DisposeAsync();
        }
    }

    private async Task AppendAsync(SegmentedLog log, int size)
    {
        Attempted = Math.Max(Attempted, log.LastSequence + 1);
        await LogDriver.AppendAsync(log, size);
        Acknowledged = log.LastSequence;
    }

    private async Task AppendBatchAsync(SegmentedLog log, int[] sizes)
    {
        ulong first = log.LastSequence + 1;
        Attempted = first + (ulong)sizes.Length - 1;
        PendingRecord[] records = [.. sizes.Select((size, i) =>
            new PendingRecord(LogDriver.Tag(first + (ulong)i), LogDriver.Payload(first + (ulong)i, size)))];
        await log.AppendBatchAsync(records, CancellationToken.None);
        Acknowledged = log.LastSequence;
    }
}
