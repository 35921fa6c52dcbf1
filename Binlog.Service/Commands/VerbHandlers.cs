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

namespace Binlog.Service.Commands;

/// <summary>The handler of every verb. A verb without a handler isn't part of the command line.</summary>
internal sealed record VerbHandlers
{
    public VerbHandler<RunVerbOptions>? Run { get; init; }

    public VerbHandler<DemoVerbOptions>? Demo { get; init; }

    public VerbHandler<ReplayVerbOptions>? Replay { get; init; }

    public VerbHandler<RelayApplyOptions>? RelayApply { get; init; }

    public VerbHandler<CheckVerbOptions>? Check { get; init; }

    public VerbHandler<ExplainLagOptions>? ExplainLag { get; init; }

    public VerbHandler<DrainerSwitchOptions>? DrainerPause { get; init; }

    public VerbHandler<DrainerSwitchOptions>? DrainerResume { get; init; }

    public VerbHandler<DrainerSetOptions>? DrainerSet { get; init; }

    public VerbHandler<TransactionsListOptions>? TransactionsList { get; init; }

    public VerbHandler<TransactionsDecideOptions>? TransactionsDecide { get; init; }

    public VerbHandler<BenchWriteOptions>? BenchWrite { get; init; }

    public VerbHandler<BenchPullOptions>? BenchPull { get; init; }

    public VerbHandler<BenchTailOptions>? BenchTail { get; init; }

    public VerbHandler<BenchLagOptions>? BenchLag { get; init; }

    public VerbHandler<BenchFirstRowOptions>? BenchFirstRow { get; init; }

    public VerbHandler<BenchStartOptions>? BenchStart { get; init; }

    public VerbHandler<BenchApplyOptions>? BenchApply { get; init; }

    public VerbHandler<InspectLsOptions>? InspectLs { get; init; }

    public VerbHandler<InspectVerifyOptions>? InspectVerify { get; init; }

    public VerbHandler<InspectDumpOptions>? InspectDump { get; init; }

    public VerbHandler<InspectRepairOptions>? InspectRepair { get; init; }
}
