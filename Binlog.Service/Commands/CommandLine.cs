using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Binlog.Service.Commands.Bench;
using Binlog.Service.Commands.Check;
using Binlog.Service.Commands.Config;
using Binlog.Service.Commands.Demo;
using Binlog.Service.Commands.DrainerControl;
using Binlog.Service.Commands.ExplainLag;
using Binlog.Service.Commands.ImportConfig;
using Binlog.Service.Commands.Inspect;
using Binlog.Service.Commands.RelayLogs;
using Binlog.Service.Commands.Replay;
using Binlog.Service.Commands.Run;
using Binlog.Service.Commands.Transactions;
using Binlog.Service.Hosting;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Commands;

/// <summary>The command line of <c>binlogd</c>: reads it, runs the verb, turns every failure into a line and an exit code.</summary>
internal sealed class CommandLine(VerbHandlers handlers, ProcessEnvironment process)
{
    /// <summary>Runs what the arguments say.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public async Task<int> InvokeAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var result = Build().Parse(arguments, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        if (result.Action is ParseErrorAction)
        {
            UsageReport.Write(result, process.Error);
            return ExitCode.Usage;
        }

        try
        {
            var configuration = new InvocationConfiguration
            {
                Output = process.Output,
                Error = process.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return await result.InvokeAsync(configuration, cancellationToken);
        }
        catch (Exception e)
        {
            return FatalError.Report(e, process.Error, LevelOfEnvironment() <= LogLevel.Debug);
        }
    }

    private RootCommand Build()
    {
        var options = new OptionFactory(process.CurrentDirectory);
        var root = new RootCommand("Pump and Drainer of TiDB Binlog: takes the transactions that TiDB writes and applies them to another database.") { HelpName = "binlogd" };
        Add(root, handlers.Run, handler => RunCommand.Create(process, handler));
        Add(root, handlers.Demo, handler => DemoCommand.Create(options, Bind(handler)));
        Add(root, handlers.Replay, handler => ReplayCommand.Create(options, Bind(handler)));
        AddRelay(root);
        Add(root, handlers.Check, handler => CheckCommand.Create(process, Bind(handler)));
        Add(root, handlers.ExplainLag, handler => ExplainLagCommand.Create(options, Bind(handler)));
        AddDrainer(root, options);
        AddTransactions(root, options);
        AddBench(root, options);
        AddInspect(root, options);
        root.Subcommands.Add(ConfigCommand.Create(process));
        root.Subcommands.Add(ImportConfigCommand.Create(process));

        var help = root.Options.OfType<HelpOption>().Single();
        help.Description = "Show this help.";
        help.Action = new VerbHelpAction((HelpAction)help.Action!);
        var version = root.Options.OfType<VersionOption>().Single();
        version.Description = "Show version, commit and runtime.";
        version.Action = new VersionAction();
        return root;
    }

    private void AddRelay(RootCommand root)
    {
        var relay = new Command("relay", "Work with a Drainer's relay log alone.");
        Add(relay, handlers.RelayApply, handler => RelayApplyCommand.Create(process, Bind(handler)));
        if (relay.Subcommands.Count > 0)
        {
            root.Subcommands.Add(relay);
        }
    }

    private void AddDrainer(RootCommand root, OptionFactory options)
    {
        var drainer = new Command("drainer", "Pause or resume a running Drainer, or change settings of it.");
        Add(drainer, handlers.DrainerPause, handler => DrainerControlCommands.Pause(options, Bind(handler)));
        Add(drainer, handlers.DrainerResume, handler => DrainerControlCommands.Resume(options, Bind(handler)));
        Add(drainer, handlers.DrainerSet, handler => DrainerControlCommands.Set(options, Bind(handler)));
        if (drainer.Subcommands.Count > 0)
        {
            root.Subcommands.Add(drainer);
        }
    }

    private void AddTransactions(RootCommand root, OptionFactory options)
    {
        var transactions = new Command("transactions", "List or decide transactions that a Pump waits for.");
        Add(transactions, handlers.TransactionsList, handler => TransactionsListCommand.Create(options, Bind(handler)));
        Add(transactions, handlers.TransactionsDecide, handler => TransactionsDecideCommand.Create(options, Bind(handler)));
        if (transactions.Subcommands.Count > 0)
        {
            root.Subcommands.Add(transactions);
        }
    }

    private void AddBench(RootCommand root, OptionFactory options)
    {
        var bench = new Command("bench", "Measure throughput and latency.");
        Add(bench, handlers.BenchWrite, handler => BenchWriteCommand.Create(options, Bind(handler)));
        Add(bench, handlers.BenchPull, handler => BenchPullCommand.Create(options, Bind(handler)));
        Add(bench, handlers.BenchTail, handler => BenchTailCommand.Create(options, Bind(handler)));
        Add(bench, handlers.BenchLag, handler => BenchLagCommand.Create(options, Bind(handler)));
        Add(bench, handlers.BenchFirstRow, handler => BenchFirstRowCommand.Create(options, Bind(handler)));
        Add(bench, handlers.BenchStart, handler => BenchStartCommand.Create(options, Bind(handler)));
        Add(bench, handlers.BenchApply, handler => BenchApplyCommand.Create(options, Bind(handler)));
        if (bench.Subcommands.Count > 0)
        {
            root.Subcommands.Add(bench);
        }
    }

    private void AddInspect(RootCommand root, OptionFactory options)
    {
        var inspect = new Command("inspect", "Look into the log of a Pump or a Drainer on disk, check it, repair it.");
        var at = new ProcessDirectory(process.CurrentDirectory);
        Add(inspect, handlers.InspectLs, handler => InspectCommand.Ls(at, Bind(handler)));
        Add(inspect, handlers.InspectVerify, handler => InspectCommand.Verify(at, Bind(handler)));
        Add(inspect, handlers.InspectDump, handler => InspectCommand.Dump(at, options, Bind(handler)));
        Add(inspect, handlers.InspectRepair, handler => InspectCommand.Repair(at, Bind(handler)));
        if (inspect.Subcommands.Count > 0)
        {
            root.Subcommands.Add(inspect);
        }
    }

    private static void Add<TOptions>(Command parent, VerbHandler<TOptions>? handler, Func<VerbHandler<TOptions>, Command> create)
    {
        if (handler is not null)
        {
            parent.Subcommands.Add(create(handler));
        }
    }

    /// <summary>A handler with a context of its own: interactive verbs log warnings only unless the environment says more.</summary>
    private Func<TOptions, CancellationToken, Task<int>> Bind<TOptions>(VerbHandler<TOptions> handler) => async (options, cancellationToken) =>
    {
        var level = LevelOfEnvironment();
        using var loggerFactory = HostLogging.Create(level);
        return await handler(options, new VerbContext(process, loggerFactory, level), cancellationToken);
    };

    private LogLevel LevelOfEnvironment() => HostLogging.LevelOf(process.Variables, LogLevel.Warning);
}
