using Binlog.RelayLog;
using Binlog.Service.Commands;
using Binlog.Service.Commands.Inspect;
using Binlog.Service.Commands.Inspect.Dump;
using Binlog.Service.Hosting;
using Binlog.Service.Pump.Storage;
using Binlog.Service.Tests.Pump.Storage;
using Binlog.TestKit.Time;
using Binlog.TestKit.Waiting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;

namespace Binlog.Service.Tests.Commands.Inspect;

/// <summary>Progress on a terminal that is made up, and without one.</summary>
public sealed class InspectProgressTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private readonly StringWriter _terminal = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string Store => _directory.Combine("pump");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task ShowAsync_OnATerminal_DrawsABarUpToTheEndAndReturnsTheResult()
    {
        await FillAsync();
        long megabyte = 1_000_000;
        long bytes = Directory.GetFiles(Store, "*.seg").Sum(file => new FileInfo(file).Length);
        var progress = new InspectProgress(Context(isTerminal: true), TimeProvider.System);

        LogVerification? found = await progress.ShowAsync("verifying", read => LogVerifier.VerifyAsync(Store, read, null, Cancelled));

        Assert.True(found!.IsIntact);
        Assert.Contains(FormattableString.Invariant($"verifying {bytes / megabyte} of {bytes / megabyte} MB"), _terminal.ToString(), StringComparison.Ordinal);
        Assert.Contains("100%", _terminal.ToString(), StringComparison.Ordinal);
        Assert.Equal(("", ""), (_output.ToString(), _error.ToString()));
    }

    [Fact]
    public async Task ShowAsync_WorkFails_EndsWithItsError()
    {
        var progress = new InspectProgress(Context(isTerminal: true), TimeProvider.System);

        await Assert.ThrowsAsync<TimeoutException>(() => progress.ShowAsync<int>("verifying", _ => Task.FromException<int>(new TimeoutException())));
    }

    [Fact]
    public async Task ShowAsync_NoTerminal_WritesALineEveryFiveSeconds()
    {
        var time = new SkippingTimeProvider(TimeSpan.Zero);
        var work = new TaskCompletionSource<int>();
        var lines = new LineQueue();
        VerbContext context = Context(isTerminal: false);
        context = context with { Process = context.Process with { Error = lines } };

        Task<int> shown = new InspectProgress(context, time).ShowAsync("reading", _ => work.Task);
        time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Empty(lines.Lines);
        time.Advance(TimeSpan.FromSeconds(0.1));
        await Eventually.HoldsAsync("a line is written", () => !lines.Lines.IsEmpty, Cancelled);
        work.SetResult(7);

        Assert.Equal(7, await shown);
        Assert.Equal(["reading 0 of 0 MB, 0 MB/s"], lines.Lines);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Dump_RecordsGoElsewhere_ShowsABarOnATerminalOnly(bool isTerminal)
    {
        await FillAsync();

        int exitCode = await DumpHandler.RunAsync(new InspectDumpOptions { Directory = Store, From = 300 }, Context(isTerminal), Cancelled);

        Assert.Equal(ExitCode.Ok, exitCode);
        Assert.StartsWith("1:", _output.ToString(), StringComparison.Ordinal);
        Assert.Equal(isTerminal, _terminal.ToString().Contains("reading", StringComparison.Ordinal));
        Assert.Equal("", _error.ToString());
    }

    /// <summary>On the terminal on which the records are shown, the bar must be gone before the first of them.</summary>
    [Fact]
    public async Task Dump_UntilFound_WritesNothingBeforeItGoesOn()
    {
        await FillAsync();
        using InspectionReader reader = LogInspector.TryOpenReader(Store, new ReadProgress(), null, skipPayloads: false, Cancelled)!;
        var pass = new DumpPass(new InspectDumpOptions { Directory = Store, From = 300, Limit = 2 }, LogKind.Pump, reader, new DumpSchema(null), new TextDumpWriter(_output));

        Assert.True(await pass.RunAsync(untilFound: true, Cancelled));
        Assert.Equal("", _output.ToString());
        Assert.False(await pass.RunAsync(untilFound: false, Cancelled));

        Assert.Equal(2, _output.ToString().Split('\n').Count(line => line.StartsWith("1:", StringComparison.Ordinal)));
        Assert.Contains("prewrite start 300 ", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Repair_OnATerminal_ShowsEveryPass()
    {
        await FillAsync();
        InspectRun.Damage(Store, InspectRun.Records(Store)[7].Position);

        int exitCode = await RepairHandler.RunAsync(new InspectRepairOptions(Store, true, null), Context(isTerminal: true), Cancelled);

        Assert.Equal(ExitCode.Ok, exitCode);
        Assert.All(["reading ", "counting transactions ", "repairing "], pass => Assert.Contains(pass, _terminal.ToString(), StringComparison.Ordinal));
        Assert.Contains("Lost: 1 records", _output.ToString(), StringComparison.Ordinal);
    }

    private async Task FillAsync()
    {
        await using PumpStore store = await StoreDriver.OpenAsync(Store);
        for (ulong number = 1; number <= 60; number++)
        {
            await store.CommitAsync(number * 10, (number * 10) + 5);
        }
    }

    private VerbContext Context(bool isTerminal)
    {
        var process = new ProcessEnvironment { Output = _output, Error = _error, Variables = new Dictionary<string, string>(), CurrentDirectory = _directory.Path };
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            Interactive = InteractionSupport.Yes,
            Out = new AnsiConsoleOutput(_terminal),
        });
        console.Profile.Width = 200;
        return new VerbContext(process, NullLoggerFactory.Instance, LogLevel.Information) { ErrorConsole = isTerminal ? console : null };
    }
}
