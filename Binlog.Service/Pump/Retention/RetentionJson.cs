using System.Text.Json;
using Binlog.Service.Configuration;
using Binlog.TiDB;

namespace Binlog.Service.Pump.Retention;

/// <summary>The JSON form of a <see cref="RetentionStatus"/>, described in <c>docs/operations/retention.md</c>.</summary>
internal static class RetentionJson
{
    public static void Write(Utf8JsonWriter writer, RetentionStatus status)
    {
        writer.WriteStartObject();
        writer.WriteString("problem", status.Problem ?? "");
        writer.WriteNumber("bytes", status.Bytes);
        WriteTimestamp(writer, "oldestCommitTs", "oldestTime", status.OldestCommitTs);
        WriteTimestamp(writer, "newestCommitTs", "newestTime", status.MaxCommitTs);
        WriteLimits(writer, status.Limits);
        WriteDisk(writer, status);
        WriteGrowth(writer, status);
        WriteDrainers(writer, status);
        WriteLastPass(writer, status.LastPass);
        WriteTotals(writer, status);
        writer.WriteEndObject();
    }

    /// <summary>The figures that <c>GET /status</c> has of it.</summary>
    public static void WriteSummary(Utf8JsonWriter writer, RetentionStatus status)
    {
        writer.WriteStartObject();
        writer.WriteNumber("bytes", status.Bytes);
        writer.WriteNumber("oldestCommitTs", status.OldestCommitTs);
        WriteRounded(writer, "hoursUntilFull", status.HoursUntilFull, 2);
        WriteRounded(writer, "hoursUntilStopWrite", status.HoursUntilStopWrite, 2);
        writer.WriteStartArray("drainers");
        foreach (DrainerLag lag in status.Drainers)
        {
            writer.WriteStartObject();
            writer.WriteString("nodeId", lag.Drainer.NodeId);
            writer.WriteNumber("position", lag.Drainer.CommitTs);
            writer.WriteNumber("heldBackBytes", lag.HeldBackBytes);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteLimits(Utf8JsonWriter writer, RetentionOptions limits)
    {
        writer.WriteStartObject("limits");
        writer.WriteNumber("ageSeconds", limits.Age.TotalSeconds);
        writer.WriteNumber("sizeBytes", limits.SizeBytes);
        writer.WriteString("drainers", limits.Drainers == NeededBinlogs.Keep ? "keep" : "delete");
        writer.WriteNumber("intervalSeconds", limits.Interval.TotalSeconds);
        writer.WriteEndObject();
    }

    private static void WriteDisk(Utf8JsonWriter writer, RetentionStatus status)
    {
        DiskReading disk = status.Disk;
        writer.WriteStartObject("disk");
        writer.WriteString("state", disk.State switch { DiskState.Enough => "enough", DiskState.Low => "low", DiskState.Full => "full", _ => "unknown" });
        writer.WriteNumber("availableBytes", disk.Space.AvailableBytes);
        writer.WriteNumber("totalBytes", disk.Space.TotalBytes);
        writer.WriteNumber("warnAtBytes", disk.WarnAtBytes);
        writer.WriteNumber("stopWriteAtBytes", disk.StopWriteAtBytes);
        writer.WriteNumber("refusedWrites", status.RefusedWrites);
        writer.WriteString("error", disk.Failure ?? "");
        writer.WriteEndObject();
    }

    private static void WriteGrowth(Utf8JsonWriter writer, RetentionStatus status)
    {
        writer.WriteStartObject("growth");
        WriteRounded(writer, "writtenBytesPerHour", status.Growth?.WrittenPerHour, 0);
        WriteRounded(writer, "netBytesPerHour", status.Growth?.NetPerHour, 0);
        WriteRounded(writer, "hoursUntilFull", status.HoursUntilFull, 2);
        WriteRounded(writer, "hoursUntilStopWrite", status.HoursUntilStopWrite, 2);
        writer.WriteEndObject();
    }

    private static void WriteDrainers(Utf8JsonWriter writer, RetentionStatus status)
    {
        writer.WriteString("drainersError", status.DrainersFailure ?? "");
        writer.WriteStartArray("drainers");
        foreach (DrainerLag lag in status.Drainers)
        {
            writer.WriteStartObject();
            writer.WriteString("nodeId", lag.Drainer.NodeId);
            writer.WriteString("host", lag.Drainer.Address);
            writer.WriteString("state", lag.Drainer.State.ToString().ToLowerInvariant());
            WriteTimestamp(writer, "commitTs", "time", lag.Drainer.CommitTs);
            WriteRounded(writer, "lagSeconds", lag.Lag?.TotalSeconds, 3);
            writer.WriteNumber("heldBackBytes", lag.HeldBackBytes);
            writer.WriteBoolean("tooLate", lag.IsTooLate);
            writer.WriteBoolean("endangered", lag.IsEndangered);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteLastPass(Utf8JsonWriter writer, PassOutcome? pass)
    {
        if (pass is null)
        {
            writer.WriteNull("lastPass");
            return;
        }

        writer.WriteStartObject("lastPass");
        writer.WriteString("at", pass.At);
        writer.WriteString("trigger", pass.Trigger);
        writer.WriteString("result", pass.Describe());
        writer.WriteNumber("wantedCommitTs", pass.Plan.WantedCommitTs);
        writer.WriteNumber("removedUpToCommitTs", pass.Removed is null ? 0 : pass.Plan.RemoveUpTo ?? 0);
        writer.WriteNumber("removedSegments", pass.Removed?.Segments ?? 0);
        writer.WriteNumber("removedBytes", pass.Removed?.Bytes ?? 0);
        writer.WriteString("error", pass.Error ?? "");
        writer.WriteEndObject();
    }

    private static void WriteTotals(Utf8JsonWriter writer, RetentionStatus status)
    {
        writer.WriteStartObject("sinceStart");
        writer.WriteNumber("passes", status.Counts.Passes);
        writer.WriteNumber("failedPasses", status.Counts.Failures);
        writer.WriteNumber("removedSegments", status.Counts.RemovedSegments);
        writer.WriteNumber("removedBytes", status.Counts.RemovedBytes);
        writer.WriteNumber("neededRemovals", status.Counts.NeededRemovals);
        writer.WriteEndObject();
    }

    private static void WriteTimestamp(Utf8JsonWriter writer, string name, string timeName, ulong commitTs)
    {
        writer.WriteNumber(name, commitTs);
        if (commitTs is 0 or > Cluster.Timestamps.TsoLimits.Max)
        {
            writer.WriteNull(timeName);
        }
        else
        {
            writer.WriteString(timeName, new Tso(commitTs).ToDateTimeOffset());
        }
    }

    private static void WriteRounded(Utf8JsonWriter writer, string name, double? value, int digits)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, Math.Round(number, digits));
        }
        else
        {
            writer.WriteNull(name);
        }
    }
}
