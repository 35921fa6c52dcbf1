using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.Run;

/// <summary>What <c>run</c> does: starts the host and waits until it is asked to stop.</summary>
internal static class RunHandler
{
    public static async Task<int> RunAsync(RunVerbOptions options, VerbContext context, CancellationToken cancellationToken)
    {
        await using BinlogHost host = await BinlogHost.StartAsync(options.Host, TimeProvider.System, context.LoggerFactory, cancellationToken);
        await host.RunAsync(cancellationToken);
        return ExitCode.Ok;
    }
}
