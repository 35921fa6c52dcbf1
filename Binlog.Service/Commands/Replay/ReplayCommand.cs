using System.CommandLine;
using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Commands.Replay;

/// <summary>Reads the command line of <c>replay</c>.</summary>
internal static class ReplayCommand
{
    private const long MaxRate = 10_000_000;

    public static Command Create(OptionFactory options, Func<ReplayVerbOptions, CancellationToken, Task<int>> handler)
    {
        var recording = options.Optional("--recording", "DIR", "Directory of the recording.", new PathType());
        recording.Required = true;
        var pumps = options.Addresses("--pumps", "Addresses of running Pumps, separated by commas.", required: true);
        var rate = options.Optional("--rate", "N", "Transactions per second at most. [default: as fast as possible]", new IntegerType(1, MaxRate));
        var timeout = options.Optional(
            "--timeout", "T", "How long a binlog may wait for Pumps that don't answer. [default: 15s for a prewrite, 10m for its outcome]", new DurationType(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)));
        var tls = new TlsArguments(options);
        var command = new VerbCommand(
            "replay",
            "Send a recording to running Pumps as TiDB's Pump Client would: a transaction's commit goes to the Pump that took its prewrite. Exit code 0 when all is acknowledged.")
        {
            Examples =
            [
                ("binlogd replay --recording samples/recording --pumps 127.0.0.1:8250,127.0.0.1:8251 --rate 500", "At 500 transactions per second to two Pumps."),
            ],
        };
        command.Add(recording);
        command.Add(pumps);
        command.Add(rate);
        command.Add(timeout);
        tls.AddTo(command);
        command.SetAction((result, cancellationToken) => handler(
            new ReplayVerbOptions
            {
                RecordingDirectory = result.GetRequiredValue(recording),
                Pumps = result.GetRequiredValue(pumps),
                Tls = tls.Of(result),
                Rate = result.GetResult(rate) is null ? null : result.GetValue(rate),
                Timeout = result.GetResult(timeout) is null ? null : result.GetValue(timeout),
            },
            cancellationToken));
        return command;
    }
}
