using Binlog.Service.Commands;
using Binlog.Service.Commands.Transactions;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;
using Binlog.Service.Tests.Cluster;
using Binlog.Service.Tests.Pump.Deciding;
using Binlog.TiDB;

namespace Binlog.Service.Tests.Commands.Transactions;

public sealed class TransactionsVerbTests : CommandLineTest
{
    [Fact]
    public async Task List_Options_ReachTheHandler()
    {
        Assert.Equal(ExitCode.Ok, await Run("transactions", "list", "--pump", "h:1"));
        Assert.Equal(new TransactionsListOptions { Pump = new HostPort("h", 1), Limit = 100 }, Received);

        Assert.Equal(ExitCode.Ok, await Run("transactions", "list", "--pump", "h:1", "--limit", "7", "--json"));
        Assert.Equal(new TransactionsListOptions { Pump = new HostPort("h", 1), Limit = 7, Json = true }, Received);
    }

    [Fact]
    public async Task Decide_Options_ReachTheHandler()
    {
        var expected = new TransactionsDecideOptions { Pump = new HostPort("h", 1), StartTs = 5, CommitTs = 9, By = "anna", Reason = "seen in TiKV" };
        Assert.Equal(ExitCode.Ok, await Run("transactions", "decide", "--pump", "h:1", "--start-ts", "5", "--commit-ts", "9", "--by", "anna", "--reason", "seen in TiKV"));
        Assert.Equal(expected, Received);

        Assert.Equal(ExitCode.Ok, await Run("transactions", "decide", "--pump", "h:1", "--start-ts", "5", "--rollback", "--by", "anna", "--reason", "seen in TiKV", "--yes"));
        Assert.Equal(expected with { CommitTs = null, Yes = true }, Received);
    }

    [Theory]
    [InlineData("--pump h:1 --start-ts 5 --by a --reason b", "either --commit-ts TS or --rollback")]
    [InlineData("--pump h:1 --start-ts 5 --by a --reason b --commit-ts 9 --rollback", "either --commit-ts TS or --rollback")]
    [InlineData("--pump h:1 --start-ts 0 --by a --reason b --rollback", "--start-ts: found \"0\", expected an integer from 1 to 4611686018427387904")]
    [InlineData("--pump h:1 --start-ts 5 --by a --rollback", "--reason")]
    [InlineData("--pump h:1 --start-ts 5 --reason a --rollback", "--by")]
    public async Task Decide_IncompleteOrContradicting_IsAUsageError(string arguments, string problem)
    {
        Assert.Equal(ExitCode.Usage, await Run(["transactions", "decide", .. arguments.Split(' ')]));

        Assert.Null(Received);
        Assert.Contains(problem, Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_Undecided_ShowsThem()
    {
        await using DecidingServer server = await DecidingServer.StartAsync();
        ulong startTs = Tso.FromDateTimeOffset(server.Time.GetUtcNow()).Value;
        server.Store.Prewrite(startTs, startTs + 1);
        server.Store.WaitingCount = 3;
        server.Time.Advance(TimeSpan.FromSeconds(65));

        Assert.Equal(ExitCode.Ok, await RunRealAsync("list", "--pump", $"{server.Address}", "--limit", "1"));

        Assert.Contains($"The order has waited 65 s for the outcome of the transaction of start TS {startTs}; 3 committed transactions wait behind it.", Output, StringComparison.Ordinal);
        Assert.Contains("Undecided transactions: 2, of which 1 are shown", Output, StringComparison.Ordinal);
        Assert.Contains($"{startTs}  2024-05-06 07:08:09       00:01:05", Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_NothingHeld_SaysSo()
    {
        await using DecidingServer server = await DecidingServer.StartAsync();

        Assert.Equal(ExitCode.Ok, await RunRealAsync("list", "--pump", $"{server.Address}"));

        Assert.Equal(["The order waits for nothing.", "Undecided transactions: 0"], Output.Trim().ReplaceLineEndings("\n").Split('\n'));
    }

    [Fact]
    public async Task List_Json_IsThePumpsOwn()
    {
        await using DecidingServer server = await DecidingServer.StartAsync();

        Assert.Equal(ExitCode.Ok, await RunRealAsync("list", "--pump", $"{server.Address}", "--json"));

        Assert.StartsWith("{", Output, StringComparison.Ordinal);
        Assert.Contains("\"undecided\": []", Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_NoPumpThere_SaysWhatToCheck()
    {
        Assert.Equal(ExitCode.Failed, await RunRealAsync("list", "--pump", $"127.0.0.1:{FreePort.Take()}"));

        Assert.Contains("can't be reached", Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("yes", true)]
    [InlineData("y", false)]
    [InlineData("", false)]
    public async Task Decide_OnATerminal_AsksFirst(string typed, bool isDecided)
    {
        await using DecidingServer server = await DecidingServer.StartAsync();
        server.Store.Prewrite(5);
        Input = new StringReader(typed);
        IsTerminal = true;

        int exitCode = await RunRealAsync("decide", "--pump", $"{server.Address}", "--start-ts", "5", "--rollback", "--by", "anna", "--reason", "writer died");

        Assert.Equal(isDecided ? ExitCode.Ok : ExitCode.Usage, exitCode);
        Assert.Contains("will drop the transaction of start TS 5. If TiDB committed it and no other Pump has it, it is lost downstream.", Error, StringComparison.Ordinal);
        Assert.Equal(isDecided ? 1 : 0, server.Store.Decisions.Count);
        Assert.Equal(isDecided, Output.Contains("The transaction of start TS 5 is rolled back.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Decide_NoTerminalAndNoYes_NothingIsDecided()
    {
        await using DecidingServer server = await DecidingServer.StartAsync();
        server.Store.Prewrite(5);
        Input = new StringReader("yes");

        Assert.Equal(ExitCode.Usage, await RunRealAsync("decide", "--pump", $"{server.Address}", "--start-ts", "5", "--rollback", "--by", "anna", "--reason", "writer died"));

        Assert.Contains("--yes", Error, StringComparison.Ordinal);
        Assert.Empty(server.Store.Decisions);
    }

    [Fact]
    public async Task Decide_Yes_DecidesWithoutAsking()
    {
        await using DecidingServer server = await DecidingServer.StartAsync();
        server.Store.Prewrite(5);

        Assert.Equal(ExitCode.Ok, await RunRealAsync("decide", "--pump", $"{server.Address}", "--start-ts", "5", "--commit-ts", "9", "--by", "anna", "--reason", "seen in \"TiKV\" (ключ)", "--yes"));

        Assert.Equal((5UL, 9UL, "anna", "seen in \"TiKV\" (ключ)"), (server.Store.Decisions[0].StartTs, server.Store.Decisions[0].CommitTs, server.Store.Decisions[0].By, server.Store.Decisions[0].Reason));
        Assert.Contains("If TiDB rolled it back, the target gets what the upstream never had.", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Decide_PumpRefuses_SaysWhyAndFails()
    {
        await using DecidingServer server = await DecidingServer.StartAsync();

        Assert.Equal(ExitCode.Failed, await RunRealAsync("decide", "--pump", $"{server.Address}", "--start-ts", "5", "--rollback", "--by", "anna", "--reason", "why", "--yes"));

        Assert.Contains("start TS 5 is not undecided on this Pump", Error, StringComparison.Ordinal);
    }

    private Task<int> RunRealAsync(params string[] arguments) => Run(
        new VerbHandlers { TransactionsList = TransactionsListHandler.RunAsync, TransactionsDecide = TransactionsDecideHandler.RunAsync },
        TestContext.Current.CancellationToken,
        ["transactions", .. arguments]);
}
