using Binlog.Service.Drainer.Applying;
using Binlog.Service.Recordings;
using Spectre.Console;

namespace Binlog.Service.Commands.Demo;

/// <summary>Shows a demo's progress: a live bar on a terminal, a line now and then elsewhere. It writes to standard error only.</summary>
internal sealed class DemoView(TextWriter error, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(5);

    /// <summary>Shows progress until <paramref name="work"/> ends, and returns when it has; does not throw its error.</summary>
    public async Task ShowAsync(Task work, Recording recording, ReplayProgress sent, ApplyProgress applied)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error) });
        if (!console.Profile.Capabilities.Interactive || !console.Profile.Capabilities.Ansi)
        {
            await ShowLinesAsync(work, recording, sent, applied);
            return;
        }

        await console.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 20 }, new PercentageColumn(), new ElapsedTimeColumn())
            .StartAsync(async context =>
            {
                int total = recording.CommittedTransactions;
                ProgressTask sending = context.AddTask("sent to Pumps", maxValue: total);
                ProgressTask applying = context.AddTask("applied", maxValue: total);
                long started = time.GetTimestamp();
                while (true)
                {
                    sending.Value = Math.Min(sent.Committed, total);
                    applying.Value = Math.Min(applied.Transactions + applied.SchemaChanges, total);
                    applying.Description = Describe(started, sent, applied);
                    if (work.IsCompleted)
                    {
                        return;
                    }

                    await Task.WhenAny(work, Task.Delay(Interval, time));
                }
            });
    }

    private async Task ShowLinesAsync(Task work, Recording recording, ReplayProgress sent, ApplyProgress applied)
    {
        long started = time.GetTimestamp();
        while (!work.IsCompleted)
        {
            await Task.WhenAny(work, Task.Delay(LineInterval, time));
            await error.WriteLineAsync($"{sent.Committed} of {recording.CommittedTransactions} transactions sent; {Describe(started, sent, applied)}");
        }
    }

    private string Describe(long started, ReplayProgress sent, ApplyProgress applied)
    {
        double seconds = Math.Max(0.001, time.GetElapsedTime(started).TotalSeconds);
        long transactions = applied.Transactions + applied.SchemaChanges;
        return FormattableString.Invariant($"applied {transactions} tx, {applied.Rows} rows, {applied.Rows / seconds:0} rows/s, lag {Math.Max(0, sent.Committed - transactions)} tx");
    }
}
