using System.Globalization;
using Binlog.RelayLog;
using Spectre.Console;

namespace Binlog.Service.Commands.Inspect;

/// <summary>Shows how far a reading is: a bar on a terminal, a line now and then elsewhere. It writes to standard error only.</summary>
internal sealed class InspectProgress(VerbContext context, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(5);

    private readonly IAnsiConsole _console = context.ErrorConsole ?? AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(context.Error) });

    /// <summary>Whether a bar can be drawn.</summary>
    public bool IsTerminal => _console.Profile.Capabilities.Interactive && _console.Profile.Capabilities.Ansi;

    /// <summary>Shows progress until the work ends, and returns its result.</summary>
    /// <param name="what">What is being done.</param>
    /// <param name="begin">Begins the work, which goes on beside the showing.</param>
    public Task<T> ShowAsync<T>(string what, Func<ReadProgress, Task<T>> begin)
    {
        var progress = new ReadProgress();
        return ShowAsync(what, progress, begin(progress));
    }

    /// <summary>The same for work that has begun.</summary>
    public async Task<T> ShowAsync<T>(string what, ReadProgress progress, Task<T> work)
    {
        long started = time.GetTimestamp();
        await (IsTerminal ? ShowBarAsync(what, work, progress, started) : ShowLinesAsync(what, work, progress, started));
        return await work;
    }

    private async Task ShowBarAsync(string what, Task work, ReadProgress progress, long started) => await _console.Progress()
        .AutoClear(true)
        .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 30 }, new PercentageColumn(), new RemainingTimeColumn())
        .StartAsync(async context =>
        {
            ProgressTask bar = context.AddTask(what);
            while (true)
            {
                bar.MaxValue = Math.Max(1, progress.TotalBytes);
                bar.Value = Math.Min(progress.Bytes, progress.TotalBytes);
                bar.Description = $"{what} {Rate(progress, started)}";
                if (work.IsCompleted)
                {
                    return;
                }

                await Task.WhenAny(work, Task.Delay(Interval, time));
            }
        });

    private async Task ShowLinesAsync(string what, Task work, ReadProgress progress, long started)
    {
        while (true)
        {
            await Task.WhenAny(work, Task.Delay(LineInterval, time));
            if (work.IsCompleted)
            {
                return;
            }

            await context.Error.WriteLineAsync($"{what} {Rate(progress, started)}");
        }
    }

    private string Rate(ReadProgress progress, long started)
    {
        double seconds = Math.Max(0.001, time.GetElapsedTime(started).TotalSeconds);
        return string.Create(CultureInfo.InvariantCulture, $"{progress.Bytes / 1e6:N0} of {progress.TotalBytes / 1e6:N0} MB, {progress.Bytes / 1e6 / seconds:N0} MB/s");
    }
}
