using Binlog.Service.Commands;
using Binlog.Service.Hosting;

namespace Binlog.Service;

internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        using var lifetime = ConsoleLifetime.Start();
        return await new CommandLine(new VerbHandlers(), ProcessEnvironment.OfThisProcess()).InvokeAsync(args, lifetime.Stopping);
    }
}
