using System.CommandLine;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;
using Binlog.Service.Hosting.Logging;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Commands.Run;

/// <summary>The verb <c>run</c>: loads the configuration, shows it in the log, runs the host until it is asked to stop.</summary>
internal static partial class RunCommand
{
    public static Command Create(ProcessEnvironment process, VerbHandler<RunVerbOptions> handler)
    {
        var command = new VerbCommand("run", "Run a Pump, a Drainer or both until SIGINT, SIGTERM, SIGHUP or SIGQUIT (Ctrl+C on Windows). The sections of the configuration choose the roles.")
        {
            Examples =
            [
                ("binlogd run --config /etc/binlog/binlogd.json", "Run what the file says."),
                ("binlogd run --config pump.json --pump:listen=127.0.0.1:8251 --dataDir=/tmp/pump2", "The same with two keys changed."),
            ],
        };
        ConfigurationArguments.Attach(command, process, (_, host, loaded, cancellationToken) => RunAsync(host, loaded.EffectiveSettings, process, handler, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        HostOptions host, IEnumerable<string> effectiveSettings, ProcessEnvironment process, VerbHandler<RunVerbOptions> handler, CancellationToken cancellationToken)
    {
        var levels = new LogLevelSwitch(host.Log.Level);
        using var loggerFactory = HostLogging.Create(host.Log, levels, process.Error);
        var logger = loggerFactory.CreateLogger("Binlog.Configuration");
        foreach (var line in effectiveSettings)
        {
            LogSetting(logger, line);
        }

        foreach (var (key, listen) in new[] { ("pump.listen", host.Pump?.Listen), ("drainer.listen", host.Drainer?.Listen) })
        {
            if (listen is { IsLoopback: true } address)
            {
                LogLoopback(logger, key, address.ToString());
            }
        }

        return await handler(new RunVerbOptions(host), new VerbContext(process, loggerFactory, host.Log.Level) { LogLevels = levels }, cancellationToken);
    }

    [LoggerMessage(EventIds.EffectiveSetting, LogLevel.Information, "{Setting}")]
    private static partial void LogSetting(ILogger logger, string setting);

    [LoggerMessage(EventIds.LoopbackListener, LogLevel.Information, "{Key} is {Address}: programs on other machines can't connect.")]
    private static partial void LogLoopback(ILogger logger, string key, string address);
}
