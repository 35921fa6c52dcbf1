using Binlog.Service.Commands;
using Binlog.Service.Commands.Bench;
using Binlog.Service.Commands.Check;
using Binlog.Service.Commands.Demo;
using Binlog.Service.Commands.DrainerControl;
using Binlog.Service.Commands.ExplainLag;
using Binlog.Service.Commands.Inspect;
using Binlog.Service.Commands.RelayLogs;
using Binlog.Service.Commands.Replay;
using Binlog.Service.Commands.Run;
using Binlog.Service.Commands.Transactions;
using Binlog.Service.Hosting;

namespace Binlog.Service.Tests.Commands;

/// <summary>Runs command lines in a directory of their own with handlers that keep what they got.</summary>
public abstract class CommandLineTest : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _directory.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected string Output => _output.ToString();

    private protected string Error => _error.ToString();

    /// <summary>Options that the last handler got.</summary>
    private protected object? Received { get; private set; }

    /// <summary>What every handler does after it noted its options.</summary>
    private protected Func<VerbContext, CancellationToken, Task<int>> Handle { get; set; } = (_, _) => Task.FromResult(ExitCode.Ok);

    private protected Dictionary<string, string> Environment { get; } = [];

    private protected TextReader Input { get; set; } = TextReader.Null;

    private protected bool IsTerminal { get; set; }

    private protected string Write(string name, string text) => _directory.Write(name, text);

    private protected string PathOf(string name) => _directory.Combine(name);

    private protected Task<int> Run(params string[] arguments) => Run(AllHandlers(), CancellationToken.None, arguments);

    private protected Task<int> Run(VerbHandlers handlers, CancellationToken cancellationToken, params string[] arguments)
    {
        var process = new ProcessEnvironment { Output = _output, Error = _error, Input = Input, IsTerminal = IsTerminal, Variables = Environment, CurrentDirectory = _directory.Path };
        return new CommandLine(handlers, process).InvokeAsync(arguments, cancellationToken);
    }

    private VerbHandlers AllHandlers() => new()
    {
        Run = Note<RunVerbOptions>,
        Demo = Note<DemoVerbOptions>,
        Replay = Note<ReplayVerbOptions>,
        RelayApply = Note<RelayApplyOptions>,
        Check = Note<CheckVerbOptions>,
        ExplainLag = Note<ExplainLagOptions>,
        DrainerPause = Note<DrainerSwitchOptions>,
        DrainerResume = Note<DrainerSwitchOptions>,
        DrainerSet = Note<DrainerSetOptions>,
        TransactionsList = Note<TransactionsListOptions>,
        TransactionsDecide = Note<TransactionsDecideOptions>,
        BenchWrite = Note<BenchWriteOptions>,
        BenchTail = Note<BenchTailOptions>,
        BenchLag = Note<BenchLagOptions>,
        BenchFirstRow = Note<BenchFirstRowOptions>,
        BenchStart = Note<BenchStartOptions>,
        BenchPull = Note<BenchPullOptions>,
        BenchApply = Note<BenchApplyOptions>,
        InspectLs = Note<InspectLsOptions>,
        InspectVerify = Note<InspectVerifyOptions>,
        InspectDump = Note<InspectDumpOptions>,
        InspectRepair = Note<InspectRepairOptions>,
    };

    private Task<int> Note<TOptions>(TOptions options, VerbContext context, CancellationToken cancellationToken)
    {
        Received = options;
        return Handle(context, cancellationToken);
    }
}
