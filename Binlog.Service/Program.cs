using Binlog.Service.Commands;
using Binlog.Service.Commands.Bench;
using Binlog.Service.Commands.Check;
using Binlog.Service.Commands.Demo;
using Binlog.Service.Commands.DrainerControl;
using Binlog.Service.Commands.ExplainLag;
using Binlog.Service.Commands.Inspect;
using Binlog.Service.Commands.Inspect.Dump;
using Binlog.Service.Commands.RelayLogs;
using Binlog.Service.Commands.Replay;
using Binlog.Service.Commands.Run;
using Binlog.Service.Commands.Transactions;
using Binlog.Service.Hosting;

namespace Binlog.Service;

internal static class Program
{
    private static readonly VerbHandlers Handlers = new()
    {
        Run = RunHandler.RunAsync,
        Demo = DemoHandler.RunAsync,
        Replay = ReplayHandler.RunAsync,
        RelayApply = RelayApplyHandler.RunAsync,
        Check = CheckHandler.RunAsync,
        ExplainLag = ExplainLagHandler.RunAsync,
        DrainerPause = DrainerControlHandler.PauseAsync,
        DrainerResume = DrainerControlHandler.ResumeAsync,
        DrainerSet = DrainerControlHandler.SetAsync,
        TransactionsList = TransactionsListHandler.RunAsync,
        TransactionsDecide = TransactionsDecideHandler.RunAsync,
        BenchWrite = BenchWriteHandler.RunAsync,
        BenchPull = BenchPullHandler.RunAsync,
        BenchTail = BenchTailHandler.RunAsync,
        BenchLag = BenchLagHandler.RunAsync,
        BenchFirstRow = BenchFirstRowHandler.RunAsync,
        BenchStart = BenchStartHandler.RunAsync,
        BenchApply = BenchApplyHandler.RunAsync,
        InspectLs = LsHandler.RunAsync,
        InspectVerify = VerifyHandler.RunAsync,
        InspectDump = DumpHandler.RunAsync,
        InspectRepair = RepairHandler.RunAsync,
    };

    private static async Task<int> Main(string[] args)
    {
        using var lifetime = ConsoleLifetime.Start();
        return await new CommandLine(Handlers, ProcessEnvironment.OfThisProcess()).InvokeAsync(args, lifetime.Stopping);
    }
}
