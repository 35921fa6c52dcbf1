using System.CommandLine;
using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Commands.Demo;

/// <summary>Reads the command line of <c>demo</c>.</summary>
internal static class DemoCommand
{
    private const int MaxPumps = 32;
    private const long MaxRate = 10_000_000;

    public static Command Create(OptionFactory options, Func<DemoVerbOptions, CancellationToken, Task<int>> handler)
    {
        var recording = options.Optional("--recording", "DIR", "Directory of the recording. [default: the one that comes with the program]", new PathType());
        var downstream = options.Downstream(
            "Target: sqlite:FILE or mysql://user:password@host:port. Special characters of user and password percent-encoded. [default: an SQLite file in the data directory]");
        var pumps = options.WithDefault("--pumps", "N", "Number of Pumps.", new IntegerType(1, MaxPumps), DemoVerbOptions.DefaultPumps);
        var data = options.Optional("--data", "DIR", "Directory for everything that is written. [default: a new temporary one]", new PathType());
        var port = options.Optional("--port", "N", "Port of the Drainer; Pumps take those that follow. [default: free ones]", new IntegerType(1, ushort.MaxValue - MaxPumps));
        var rate = options.Optional("--rate", "N", "Transactions per second at most. [default: as fast as possible]", new IntegerType(1, MaxRate));
        var stay = new Option<bool>("--stay") { Description = "Leave Pumps and Drainer running afterwards, until Ctrl+C, for trying out what can be done to them." };
        var json = OptionFactory.Json();
        var command = new VerbCommand(
            "demo",
            "Replay a recording of a real TiDB through Pumps and a Drainer on this machine into a target, and compare every table. Exit code 0 when all are equal, 1 when not.")
        {
            Examples =
            [
                ("binlogd demo", "Into an SQLite file."),
                ("binlogd demo --downstream mysql://root:secret@127.0.0.1:3306", "Into a MariaDB or MySQL."),
                ("binlogd demo --stay --port 8249 --rate 200", "Slowly, on the usual ports, and going on afterwards: for binlogctl, PowerShell and curl."),
                ("binlogd demo --json", "One object with transactions, rows, ddl, tables, mismatchedTables and seconds."),
            ],
        };
        command.Add(recording);
        command.Add(downstream);
        command.Add(pumps);
        command.Add(data);
        command.Add(port);
        command.Add(rate);
        command.Add(stay);
        command.Add(json);
        command.SetAction((result, cancellationToken) => handler(
            new DemoVerbOptions
            {
                RecordingDirectory = result.GetValue(recording),
                Downstream = result.GetValue(downstream),
                Pumps = (int)result.GetValue(pumps),
                DataDirectory = result.GetValue(data),
                Port = result.GetResult(port) is null ? null : (int)result.GetValue(port),
                Rate = result.GetResult(rate) is null ? null : result.GetValue(rate),
                Stay = result.GetValue(stay),
                Json = result.GetValue(json),
            },
            cancellationToken));
        return command;
    }
}
