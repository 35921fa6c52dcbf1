using System.CommandLine;
using Binlog.Cluster.Timestamps;
using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Commands.Transactions;

/// <summary>Reads the command line of <c>transactions decide</c>.</summary>
internal static class TransactionsDecideCommand
{
    public static Command Create(OptionFactory options, Func<TransactionsDecideOptions, CancellationToken, Task<int>> handler)
    {
        var timestamp = new IntegerType(1, (long)TsoLimits.Max);
        var pump = options.Optional("--pump", "HOST:PORT", "Address of the Pump that waits.", AddressType.ToConnect);
        var startTs = options.Optional("--start-ts", "TS", "Start TS of the transaction.", timestamp);
        var commitTs = options.Optional("--commit-ts", "TS", "It was committed, at this commit TS.", timestamp);
        var rollback = new Option<bool>("--rollback") { Description = "It was rolled back.", Arity = ArgumentArity.Zero };
        var by = options.Optional("--by", "NAME", "Who decides; stored with the decision.", new TextType());
        var reason = options.Optional("--reason", "TEXT", "Why; stored with the decision.", new TextType());
        var yes = new Option<bool>("--yes") { Description = "Don't ask.", Arity = ArgumentArity.Zero };
        pump.Required = startTs.Required = by.Required = reason.Required = true;
        var command = new VerbCommand("decide", "Tell a Pump how a transaction ended of which it has only the prewrite. Exit code 0 when the decision is stored.")
        {
            Notes = """
                A decision is stored and can't be taken back. If TiDB committed the transaction and it is rolled back here, it is lost downstream; if
                TiDB rolled it back and it is committed here, the target gets what the upstream never had. TiDB knows how it ended:
                docs/operations/undecided-transactions.md says where to look.
                """,
            Examples =
            [
                ("binlogd transactions decide --pump 127.0.0.1:8250 --start-ts 446 --commit-ts 447 --by anna --reason \"seen in TiKV\"", "It was committed."),
                ("binlogd transactions decide --pump 127.0.0.1:8250 --start-ts 446 --rollback --by anna --reason \"writer died\" --yes", "It was rolled back; from a script."),
            ],
        };
        Option[] all = [pump, startTs, commitTs, rollback, by, reason, yes];
        foreach (Option option in all)
        {
            command.Add(option);
        }

        command.Validators.Add(result =>
        {
            if (result.GetResult(commitTs) is not null == result.GetResult(rollback) is not null)
            {
                result.AddError("Say how the transaction ended: either --commit-ts TS or --rollback.");
            }
        });
        command.SetAction((result, cancellationToken) => handler(
            new TransactionsDecideOptions
            {
                Pump = result.GetRequiredValue(pump),
                StartTs = (ulong)result.GetRequiredValue(startTs),
                CommitTs = result.GetResult(commitTs) is null ? null : (ulong)result.GetValue(commitTs),
                By = result.GetRequiredValue(by),
                Reason = result.GetRequiredValue(reason),
                Yes = result.GetValue(yes),
            },
            cancellationToken));
        return command;
    }
}
