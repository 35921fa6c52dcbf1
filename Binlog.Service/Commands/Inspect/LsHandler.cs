using Binlog.RelayLog;
using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.Inspect;

/// <summary>What <c>inspect ls</c> does.</summary>
internal static class LsHandler
{
    public static async Task<int> RunAsync(InspectLsOptions options, VerbContext context, CancellationToken cancellationToken)
    {
        InspectedDirectory.RequireExisting(options.Directory);
        KnownEnd? knownEnd = InspectedDirectory.FindKnownEnd(options.Directory);
        LogOutline outline = await LogInspector.OutlineAsync(options.Directory, knownEnd, cancellationToken) ?? throw InspectedDirectory.HoldsNoLog(options.Directory);
        LogKind kind = LogKindDetector.Detect(options.Directory, cancellationToken);
        LogVerification? verification = options.Records
            ? await new InspectProgress(context, TimeProvider.System).ShowAsync("reading", progress => LogVerifier.VerifyAsync(options.Directory, progress, knownEnd, cancellationToken))
            : null;
        IReadOnlyList<LsRow> rows = [.. outline.Segments.Select(segment => LsRow.Of(segment, verification?.Segments.FirstOrDefault(found => found.Segment.Number == segment.Segment.Number)))];
        LsReport.Write(new LsListing(options.Directory, kind, outline.ClusterId, outline.LogId, rows, LogRepair.History(options.Directory)), options.Json, context.Output);
        return rows.Any(row => row.Problem is not null) ? ExitCode.Failed : ExitCode.Ok;
    }
}
