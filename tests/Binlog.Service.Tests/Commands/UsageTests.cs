using Binlog.Service.Commands;
using Binlog.Service.Hosting;

namespace Binlog.Service.Tests.Commands;

public sealed class UsageTests : CommandLineTest
{
    [Theory]
    [InlineData("binlogd: a verb is missing. There are: run, demo, replay, relay, check, explain-lag, drainer, transactions, bench, inspect, config, import-config.")]
    [InlineData("binlogd: unknown verb \"rnu\". Did you mean run?", "rnu")]
    [InlineData("binlogd: unknown verb \"frobnicate\". There are: run, demo, replay, relay, check, explain-lag, drainer, transactions, bench, inspect, config, import-config.", "frobnicate")]
    [InlineData("binlogd: unknown option --verison. Did you mean --version?", "--verison")]
    [InlineData("binlogd: a verb is missing. There are: write, pull, tail, lag, first-row, start, apply.", "bench")]
    [InlineData("binlogd: unknown verb \"wirte\". Did you mean write?", "bench", "wirte")]
    [InlineData("binlogd: unknown option --pump. Did you mean --pumps?", "demo", "--pump", "3")]
    [InlineData("binlogd: \"stray\" is not expected here.", "demo", "stray")]
    [InlineData("binlogd: --pumps: found \"0\", expected an integer from 1 to 32.", "demo", "--pumps", "0")]
    [InlineData("binlogd: --pumps: found \"three\", expected an integer from 1 to 32.", "demo", "--pumps=three")]
    [InlineData("binlogd: --downstream: the user is missing; write mysql://user:password@host:port.", "demo", "--downstream", "mysql://h")]
    [InlineData("binlogd: --pumps: found \"h\", expected an address that others can connect to such as \"db1.example.com:8250\": the port is missing.", "replay", "--recording", "r", "--pumps", "h:1,h")]
    [InlineData("binlogd: --pumps: found \"\", expected an address", "replay", "--recording", "r", "--pumps", "h:1,")]
    [InlineData("binlogd: Option '--recording' is required.", "replay", "--pumps", "h:1")]
    [InlineData("binlogd: Option '--pumps' is required.", "replay", "--recording", "r")]
    [InlineData("binlogd: Required argument missing for option: '--data'.", "demo", "--data")]
    [InlineData("binlogd: --rate: found \"-1\", expected an integer from 1 to 10000000.", "replay", "--recording", "r", "--pumps", "h:1", "--rate", "-1")]
    [InlineData("binlogd: --size: found \"big\", expected a size from 128 to 256 MiB", "bench", "write", "--size", "big")]
    [InlineData("binlogd: a verb is missing. There are: pause, resume, set.", "drainer")]
    [InlineData("binlogd: --workers: found \"0\", expected an integer from 1 to 256.", "drainer", "set", "--workers", "0")]
    [InlineData("binlogd: a verb is missing. There are: ls, verify, dump, repair.", "inspect")]
    [InlineData("binlogd: Required argument 'DIR' missing for command: 'ls'.", "inspect", "ls")]
    [InlineData("binlogd: --from: found \"yesterday\", expected a TSO such as 449050000000000001, or a time such as 2026-01-31T12:00:00Z.", "inspect", "dump", "d", "--from", "yesterday")]
    [InlineData("binlogd: --table: found \"orders\", expected database.table, or a table's ID.", "inspect", "dump", "d", "--table", "orders")]
    [InlineData("binlogd: --sequence: found \"0\", expected a sequence number as verify shows it, or automatic.", "inspect", "repair", "d", "--sequence", "0")]
    [InlineData("binlogd: --schema-history: found \"absent\", expected the path of an existing file", "inspect", "dump", "d", "--schema-history", "absent")]
    public async Task Invoke_WrongCommandLine_SaysWhatIsWrong(string expected, params string[] arguments)
    {
        Assert.Equal(ExitCode.Usage, await Run(arguments));

        Assert.Contains(expected, Error, StringComparison.Ordinal);
        Assert.Empty(Output);
        Assert.Null(Received);
    }

    [Theory]
    [InlineData("Help: binlogd --help", "rnu")]
    [InlineData("Help: binlogd demo --help", "demo", "stray")]
    [InlineData("Help: binlogd bench write --help", "bench", "write", "stray")]
    public async Task Invoke_WrongCommandLine_PointsToTheHelpOfTheVerb(string expected, params string[] arguments)
    {
        await Run(arguments);

        Assert.EndsWith(expected, Error.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invoke_WrongOptionsTogether_AreAllReported()
    {
        await Run("demo", "--pumps", "x", "--downstream", "y", "stray", "--jsn");

        Assert.Contains("--pumps: found \"x\"", Error, StringComparison.Ordinal);
        Assert.Contains("--downstream: it starts neither", Error, StringComparison.Ordinal);
        Assert.Contains("\"stray\" is not expected here.", Error, StringComparison.Ordinal);
        Assert.Contains("unknown option --jsn. Did you mean --json?", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invoke_VerbWithoutHandler_DoesNotExist()
    {
        Assert.Equal(ExitCode.Usage, await Run(new VerbHandlers(), CancellationToken.None, "demo"));

        Assert.Contains("unknown verb \"demo\". There are: config, import-config.", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WrongConfigurationAndArgument_ReportsBothAndDoesNotStart()
    {
        Write("binlogd.json", """{ "pmup": {} }""");

        Assert.Equal(ExitCode.Usage, await Run("run", "--config", "binlogd.json", "--confg=x", "stray"));

        Assert.Contains("the configuration has 4 errors; nothing was started.", Error, StringComparison.Ordinal);
        Assert.Contains("unknown section. Did you mean pump?", Error, StringComparison.Ordinal);
        Assert.Contains("Did you mean --config?", Error, StringComparison.Ordinal);
        Assert.Contains("stray: not understood", Error, StringComparison.Ordinal);
        Assert.Null(Received);
    }

    [Fact]
    public async Task Config_ValidFile_PrintsWhatIsInEffect()
    {
        Write("binlogd.json", """{ "pump": {} }""");

        Assert.Equal(ExitCode.Ok, await Run("config", "--config", "binlogd.json", "--nodeId=n"));

        Assert.Contains("nodeId = n (command line)", Output, StringComparison.Ordinal);
        Assert.Empty(Error);
    }

    [Fact]
    public async Task Invoke_HandlerFails_GivesOneLineAndItsExitCode()
    {
        Handle = (_, _) => throw new StartFailedException("The port is\n in use.", new IOException("details"));

        Assert.Equal(ExitCode.StartFailed, await Run("demo"));

        Assert.Equal($"binlogd: The port is in use.{System.Environment.NewLine}", Error);
    }

    [Fact]
    public async Task Invoke_HandlerFailsAtDebugLevel_GivesDetails()
    {
        Environment["BINLOG__LOG__LEVEL"] = "debug";
        Handle = (_, _) => throw new InvalidOperationException("broken");

        Assert.Equal(ExitCode.Failed, await Run("demo"));

        Assert.StartsWith("binlogd: unexpected InvalidOperationException: broken", Error, StringComparison.Ordinal);
        Assert.Contains("   at ", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invoke_Cancelled_GivesInterrupted()
    {
        using var stopping = new CancellationTokenSource();
        Handle = async (_, cancellationToken) =>
        {
            await stopping.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
            return ExitCode.Ok;
        };

        var handlers = new VerbHandlers { Demo = (_, context, cancellationToken) => Handle(context, cancellationToken) };

        Assert.Equal(ExitCode.Interrupted, await Run(handlers, stopping.Token, "demo"));
        Assert.Equal($"binlogd: stopped before it was done.{System.Environment.NewLine}", Error);
    }
}
