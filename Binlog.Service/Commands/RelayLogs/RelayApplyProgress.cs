using System.Globalization;
using Binlog.Service.Commands.Inspect;
using Binlog.Service.Drainer.Applying;
using Binlog.Service.Drainer.Relaying;

namespace Binlog.Service.Commands.RelayLogs;

/// <summary>Says now and then on standard error how far applying a relay log is.</summary>
internal sealed class RelayApplyProgress(TextWriter error, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>Awaits the work, and tells of it meanwhile.</summary>
    public async Task ShowAsync(Task work, Relay relay, ApplyProgress progress)
    {
        while (await Task.WhenAny(work, Task.Delay(Interval, time)) != work)
        {
            await error.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"at commit TS {TsText.Full(progress.CommitTs)}: {progress.Transactions:N0} transactions applied, {relay.BacklogBytes() / 1e6:N0} MB left{(progress.Large is { } large ? string.Create(CultureInfo.InvariantCulture, $"; of the transaction with commit TS {large.CommitTs}, {large.Bytes / 1e6:N0} MB, {large.Rows:N0} rows are executed") : "")}{(progress.Failure is { } failure ? $"; waits: {failure}" : "")}"));
        }

        await work;
    }
}
