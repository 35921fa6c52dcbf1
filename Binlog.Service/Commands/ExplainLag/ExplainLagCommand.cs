using System.CommandLine;
using Binlog.Service.Configuration;
using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Commands.ExplainLag;

/// <summary>Reads the command line of <c>explain-lag</c>.</summary>
internal static class ExplainLagCommand
{
    /// <summary>Where a Drainer listens unless it is configured otherwise.</summary>
    private static readonly HostPort DefaultDrainer = new("127.0.0.1", DrainerSettings.Listen.Default.Port);

    public static Command Create(OptionFactory options, Func<ExplainLagOptions, CancellationToken, Task<int>> handler)
    {
        var drainer = options.WithDefault("--drainer", "HOST:PORT", "Address of a running Drainer.", AddressType.ToConnect, DefaultDrainer);
        var json = OptionFactory.Json();
        var command = new VerbCommand("explain-lag", "Name what holds a Drainer back now, with the figures: a Pump, the registry, the relay log, the target, a lock there and who has it.")
        {
            Examples = [("binlogd explain-lag --drainer 127.0.0.1:8249", "Of a running Drainer.")],
        };
        command.Add(drainer);
        command.Add(json);
        command.SetAction((result, cancellationToken) => handler(new ExplainLagOptions(result.GetRequiredValue(drainer), result.GetValue(json)), cancellationToken));
        return command;
    }
}
