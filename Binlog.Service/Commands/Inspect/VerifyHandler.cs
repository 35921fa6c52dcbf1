using System.Globalization;
using Binlog.RelayLog;
using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.Inspect;

/// <summary>What <c>inspect verify</c> does.</summary>
internal static class VerifyHandler
{
    public static async Task<int> RunAsync(InspectVerifyOptions options, VerbContext context, CancellationToken cancellationToken)
    {
        InspectedDirectory.RequireExisting(options.Directory);
        LogVerification found = await new InspectProgress(context, TimeProvider.System)
            .ShowAsync("verifying", progress => LogVerifier.VerifyAsync(options.Directory, progress, InspectedDirectory.FindKnownEnd(options.Directory), cancellationToken))
            ?? throw InspectedDirectory.HoldsNoLog(options.Directory);
        if (options.Json)
        {
            await context.Output.WriteLineAsync(ToJson(options.Directory, found));
        }
        else
        {
            bool isAskedAgain = found.MissingEnd.Count > 0 && LogKindDetector.Detect(options.Directory, cancellationToken) == LogKind.Relay;
            Write(options.Directory, found, isAskedAgain, context.Output);
        }

        return found.IsIntact ? ExitCode.Ok : ExitCode.Failed;
    }

    private static void Write(string directory, LogVerification found, bool isEndAskedAgain, TextWriter output)
    {
        foreach (string line in found.Segments.SelectMany(segment => segment.Damages).SelectMany(DamageText.Lines))
        {
            output.WriteLine(line);
        }

        ulong records = found.Segments.Aggregate(0UL, (sum, segment) => sum + segment.Records);
        long bytes = found.Segments.Sum(segment => segment.Segment.Bytes);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(found.IsIntact ? "intact" : "DAMAGED")}: {found.Segments.Count} segments, {records:N0} intact records, {bytes:N0} bytes"));
        if (found.Segments[^1].UnfinishedBytes is > 0 and var unfinished)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{unfinished} bytes at the end belong to an append that is under way or never finished; that is no damage."));
        }

        if (found.Segments.Sum(segment => segment.Segment.Gaps) is > 0 and var gaps)
        {
            ulong lost = found.Segments.Aggregate(0UL, (sum, segment) => sum + segment.Segment.LostRecords);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Earlier repairs left {gaps} gaps, in which {lost} records were lost; see inspect ls."));
        }

        if (isEndAskedAgain)
        {
            output.WriteLine(DamageText.OfMissingEnd(found.MissingEnd));
        }

        if (found.Segments.Sum(segment => segment.Damages.Count) > (isEndAskedAgain ? found.MissingEnd.Count : 0))
        {
            output.WriteLine("What to do: check the disk. Restore the damaged files from a copy if there is one. A relay log can be moved away whole as long as the Pumps still have");
            output.WriteLine($"what the target lacks. Otherwise stop the process and see what a repair would lose: binlogd inspect repair \"{directory}\"");
        }
    }

    private static string ToJson(string directory, LogVerification found) => InspectJson.Object(writer =>
    {
        writer.WriteString("directory", directory);
        writer.WriteBoolean("intact", found.IsIntact);
        writer.WriteNumber("clusterId", found.ClusterId);
        writer.WriteString("logId", found.LogId);
        writer.WriteNumber("segments", found.Segments.Count);
        writer.WriteNumber("records", found.Segments.Aggregate(0UL, (sum, segment) => sum + segment.Records));
        writer.WriteNumber("bytes", found.Segments.Sum(segment => segment.Segment.Bytes));
        writer.WriteNumber("unfinishedBytes", found.Segments[^1].UnfinishedBytes);
        writer.WriteNumber("gaps", found.Segments.Sum(segment => segment.Segment.Gaps));
        InspectJson.WriteDamages(writer, found.Segments.SelectMany(segment => segment.Damages));
        InspectJson.WriteRepairs(writer, LogRepair.History(directory));
    });
}
