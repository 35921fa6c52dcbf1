using System.Text.Json;
using Binlog.Cluster.Pumps;
using Binlog.Service.Commands;
using Binlog.Service.Commands.Bench;
using Binlog.Service.Hosting;

namespace Binlog.Service.Tests.Commands.Bench;

/// <summary>The verbs from command line to result, with Pumps that really run, as processes of their own.</summary>
public sealed class BenchVerbTests : CommandLineTest
{
    private static readonly VerbHandlers Handlers = new()
    {
        BenchWrite = BenchWriteHandler.RunAsync,
        BenchPull = BenchPullHandler.RunAsync,
        BenchTail = BenchTailHandler.RunAsync,
        BenchLag = BenchLagHandler.RunAsync,
        BenchFirstRow = BenchFirstRowHandler.RunAsync,
        BenchStart = BenchStartHandler.RunAsync,
    };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task BenchWrite_NoPumps_StartsOneMeasuresItAndRemovesIt()
    {
        int exitCode = await Run(Handlers, Cancelled, "bench", "write", "--writers", "2", "--size", "1KiB", "--seconds", "1", "--json");

        Assert.True(exitCode == ExitCode.Ok, Error);
        JsonElement json = JsonElement.Parse(Output);
        Assert.True(json.GetProperty("transactions").GetInt64() > 0);
        Assert.True(json.GetProperty("p50Ms").GetDouble() > 0);
        Assert.True(json.GetProperty("serverCpuMicrosPerTransaction").GetDouble() > 0);
        Assert.True(json.GetProperty("serverRssMiB").GetDouble() > 1);
    }

    [Fact]
    public async Task BenchPull_RunningPump_CountsWhatWasWritten()
    {
        await using var system = new BenchSystem();
        ChildNode pump = await system.StartPumpAsync(Cancelled);
        await WriteAsync(pump, writers: 8, transactions: 500);

        int exitCode = await Run(Handlers, Cancelled, "bench", "pull", "--pump", pump.Address.ToString(), "--cluster-id", "4242", "--json");

        Assert.True(exitCode == ExitCode.Ok, Error);
        JsonElement json = JsonElement.Parse(Output);
        Assert.Equal(500, json.GetProperty("transactions").GetInt64());
        Assert.Equal(json.GetProperty("transactionsPerSecond").GetDouble(), json.GetProperty("rowsPerSecond").GetDouble());
        Assert.True(json.GetProperty("megabytesPerSecond").GetDouble() > 0);
        Assert.Equal(JsonValueKind.Null, json.GetProperty("p99Ms").ValueKind);
    }

    [Fact]
    public async Task BenchPull_NoPump_FillsOneAsAsked()
    {
        int exitCode = await Run(Handlers, Cancelled, "bench", "pull", "--transactions", "700", "--size", "2KiB", "--json");

        Assert.True(exitCode == ExitCode.Ok, Error);
        Assert.Equal(700, JsonElement.Parse(Output).GetProperty("transactions").GetInt64());
    }

    [Fact]
    public async Task BenchTail_NoPump_MeasuresTransactionsThatArrived()
    {
        int exitCode = await Run(Handlers, Cancelled, "bench", "tail", "--rate", "50", "--seconds", "1", "--json");

        Assert.True(exitCode == ExitCode.Ok, Error);
        JsonElement json = JsonElement.Parse(Output);
        Assert.True(json.GetProperty("transactions").GetInt64() > 0);
        Assert.True(json.GetProperty("p50Ms").GetDouble() > 0);
    }

    [Fact]
    public async Task BenchLag_NoTarget_MeasuresTransactionsThatWereSeen()
    {
        int exitCode = await Run(Handlers, Cancelled, "bench", "lag", "--pumps", "2", "--rate", "20", "--seconds", "1", "--json");

        Assert.True(exitCode == ExitCode.Ok, Error);
        JsonElement json = JsonElement.Parse(Output);
        Assert.True(json.GetProperty("transactions").GetInt64() > 0);
        Assert.True(json.GetProperty("p50Ms").GetDouble() > 0);
        Assert.True(json.GetProperty("maxMs").GetDouble() >= json.GetProperty("p99Ms").GetDouble());
        Assert.True(json.GetProperty("serverCpuMicrosPerTransaction").GetDouble() > 0);
    }

    [Fact]
    public async Task BenchFirstRow_NoTarget_StartsTheDrainerForEachRound()
    {
        int exitCode = await Run(Handlers, Cancelled, "bench", "first-row", "--pumps", "2", "--transactions", "20", "--rounds", "2", "--json");

        Assert.True(exitCode == ExitCode.Ok, Error);
        JsonElement json = JsonElement.Parse(Output);
        Assert.Equal((20, 2), (json.GetProperty("transactions").GetInt32(), json.GetProperty("rounds").GetInt32()));
        Assert.True(json.GetProperty("toReadyMs").GetDouble() > 0);
        Assert.True(json.GetProperty("toFirstRowLeastMs").GetDouble() > 0);
        Assert.True(json.GetProperty("toFirstRowMostMs").GetDouble() >= json.GetProperty("toFirstRowMs").GetDouble());
    }

    [Fact]
    public async Task BenchStart_SmallStore_StartsAfterStopAndKill()
    {
        int exitCode = await Run(Handlers, Cancelled, "bench", "start", "--transactions", "2500", "--rounds", "1", "--json");

        Assert.True(exitCode == ExitCode.Ok, Error);
        JsonElement json = JsonElement.Parse(Output);
        Assert.True(json.GetProperty("binlogBytes").GetInt64() > 2500 * 290);
        Assert.True(json.GetProperty("diskBytes").GetInt64() > json.GetProperty("binlogBytes").GetInt64());
        Assert.True(json.GetProperty("rebuildSeconds").GetDouble() > 0);
        Assert.True(json.GetProperty("afterCleanStopSeconds").GetDouble() > 0);
        Assert.True(json.GetProperty("afterKillSeconds").GetDouble() > 0);
    }

    [Fact]
    public async Task BenchPull_EmptyPump_SaysThatThereIsNothing()
    {
        await using var system = new BenchSystem();
        ChildNode pump = await system.StartPumpAsync(Cancelled);

        Assert.Equal(ExitCode.StartFailed, await Run(Handlers, Cancelled, "bench", "pull", "--pump", pump.Address.ToString()));

        Assert.Contains("has no transaction to pull", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BenchWrite_PumpOfAnotherCluster_NamesTheOption()
    {
        await using var system = new BenchSystem();
        ChildNode pump = await system.StartPumpAsync(Cancelled);

        Assert.Equal(ExitCode.StartFailed, await Run(Handlers, Cancelled, "bench", "write", "--pumps", pump.Address.ToString()));

        Assert.Contains("4242", Error, StringComparison.Ordinal);
        Assert.Contains("--cluster-id", Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("write", "--pumps")]
    [InlineData("pull", "--pump")]
    [InlineData("tail", "--pump")]
    public async Task Bench_NobodyListens_FailsWithOneLine(string verb, string option)
    {
        Assert.Equal(ExitCode.StartFailed, await Run(Handlers, Cancelled, "bench", verb, option, "127.0.0.1:1", "--json"));

        Assert.Empty(Output);
        Assert.Single(Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("The Pump at 127.0.0.1:1 ", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task System_Disposed_LeavesNoDirectory()
    {
        var system = new BenchSystem();
        string directory = system.DirectoryPath;
        await system.StartPumpAsync(Cancelled);

        Assert.NotEmpty(Directory.GetFileSystemEntries(directory));
        await system.DisposeAsync();

        Assert.False(Directory.Exists(directory));
    }

    private static async Task WriteAsync(ChildNode pump, int writers, int transactions)
    {
        LocalTimestamps timestamps = await LocalTimestamps.AboveClusterAsync(pump.Address, BenchSystem.ClusterId, TimeProvider.System, Cancelled);
        await using PumpClient client = await WriteLoad.OpenClientAsync(BenchSystem.ClusterId, [pump.Address], TimeProvider.System, Cancelled);
        var load = new WriteLoad(client, timestamps, TimeProvider.System);
        await load.RunAsync([.. Enumerable.Range(1, writers).Select(writer => new SizedTransactionSource(300, writer))], transactions, Cancelled);
        Assert.Equal(transactions, load.Transactions);
    }
}
