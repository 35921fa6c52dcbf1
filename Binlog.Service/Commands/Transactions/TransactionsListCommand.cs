using System.CommandLine;
using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Commands.Transactions;

/// <summary>Reads the command line of <c>transactions list</c>.</summary>
internal static class TransactionsListCommand
{
    public static Command Create(OptionFactory options, Func<TransactionsListOptions, CancellationToken, Task<int>> handler)
    {
        var pump = options.Optional("--pump", "HOST:PORT", "Address of a running Pump.", AddressType.ToConnect);
        pump.Required = true;
        var limit = options.WithDefault("--limit", "N", "How many transactions at most, oldest first.", new IntegerType(0, int.MaxValue), TransactionsListOptions.DefaultLimit);
        var json = OptionFactory.Json();
        var command = new VerbCommand("list", "Show what a Pump's order waits for, and the transactions whose prewrite it has and whose outcome it doesn't know.")
        {
            Examples = [("binlogd transactions list --pump 127.0.0.1:8250", "Of a running Pump.")],
        };
        command.Add(pump);
        command.Add(limit);
        command.Add(json);
        command.SetAction((result, cancellationToken) => handler(
            new TransactionsListOptions { Pump = result.GetRequiredValue(pump), Limit = (int)result.GetValue(limit), Json = result.GetValue(json) },
            cancellationToken));
        return command;
    }
}
