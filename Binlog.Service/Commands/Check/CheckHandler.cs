using Binlog.Service.Drainer.Checking;
using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.Check;

/// <summary>What <c>check</c> does: looks, prints what was found, says by its exit code whether a start makes sense.</summary>
internal static class CheckHandler
{
    public static async Task<int> RunAsync(CheckVerbOptions options, VerbContext context, CancellationToken cancellationToken)
    {
        IReadOnlyList<Finding> findings = await DrainerCheck.RunAsync(options.Host, options.Drainer, TimeProvider.System, cancellationToken);
        if (options.Json)
        {
            await context.Output.WriteLineAsync(FindingReport.ToJson(findings));
        }
        else
        {
            FindingReport.Write(findings, context.Output);
        }

        return findings.Any(finding => finding.Level == FindingLevel.Error) ? ExitCode.Failed : ExitCode.Ok;
    }
}
