using Binlog.Service.Hosting;
using Binlog.Service.Pump.Sorting;
using Binlog.Service.Pump.Storage;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Pump.Deciding;

/// <summary>
/// Says when a Pump's order has waited too long for one transaction, what that holds up and what to do; and when it goes on.
/// <see cref="Look"/> has one caller; the numbers are thread-safe.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="warnAfter">How long the order may wait before it is said.</param>
/// <param name="address">The Pump's address, for the command in the message.</param>
/// <param name="asking">Asks a source of outcomes; null when there is none.</param>
/// <param name="time">Clock.</param>
/// <param name="logger">Where it is said.</param>
internal sealed partial class HeldOrderWatch(IUndecidedStore store, TimeSpan warnAfter, Func<string> address, FateLoop? asking, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RepeatInterval = TimeSpan.FromMinutes(10);

    private HeldOrder? _warned;
    private DateTimeOffset _warnedAt;

    /// <summary>How long the order has waited for what it waits for now, in seconds; 0 when it waits for nothing.</summary>
    public double HeldSeconds => store.Held is { } held ? Math.Max(0, (time.GetUtcNow() - held.Since).TotalSeconds) : 0;

    /// <summary>Number of prewrites without an outcome.</summary>
    public int UndecidedCount => store.UndecidedCount;

    /// <summary>Number of committed transactions that wait for others before them.</summary>
    public long WaitingCount => store.WaitingCount;

    /// <summary>Looks every second until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(Interval, time, cancellationToken);
            Look();
        }
    }

    /// <summary>Looks once.</summary>
    public void Look()
    {
        HeldOrder? held = store.Held;
        DateTimeOffset now = time.GetUtcNow();
        if (_warned is { } warned && !IsSame(warned, held))
        {
            LogReleased(warned.StartTs, (now - warned.Since).TotalSeconds);
            _warned = null;
        }

        bool isDue = _warned is null || now - _warnedAt >= RepeatInterval;
        if (held is not null && now - held.Since >= warnAfter && isDue)
        {
            _warned = held;
            _warnedAt = now;
            Warn(held);
        }
    }

    private static bool IsSame(HeldOrder warned, HeldOrder? held) => held is not null && held.StartTs == warned.StartTs && held.Kind == warned.Kind;

    private void Warn(HeldOrder held)
    {
        string command = $"binlogd transactions decide --pump {address()} --start-ts {held.StartTs}";
        string advice = held.Kind == PumpRecordKind.Prewrite
            ? $"{DescribeSource(held.StartTs)}Find out how it ended, then: {command} --commit-ts N (or --rollback) --by NAME --reason TEXT"
            : $"If that prewrite is on another Pump, or lost: {command} --rollback --by NAME --reason TEXT gives up this Pump's part of it.";
        LogHeld(held.Missing, held.Since.UtcDateTime, store.WaitingCount, store.UndecidedCount, advice);
    }

    private string DescribeSource(ulong startTs) =>
        asking is null ? ""
        : asking.Answers.TryGetValue(startTs, out string? answer) ? $"{asking.SourceName} is asked every second; at last: {answer}. To decide by hand: "
        : $"{asking.SourceName} is asked every second. To decide by hand: ";

    [LoggerMessage(EventIds.PumpOrderHeld, LogLevel.Warning, "This Pump's order has waited for {What} since {Since:yyyy-MM-ddTHH:mm:ssZ}. {Waiting} committed transactions wait behind it, {Undecided} are undecided, and Drainers wait for this Pump. {Advice}")]
    private partial void LogHeld(string what, DateTime since, long waiting, int undecided, string advice);

    [LoggerMessage(EventIds.PumpOrderReleased, LogLevel.Information, "This Pump's order goes on after the transaction of start TS {StartTs}, for which it had waited {Seconds:0} s.")]
    private partial void LogReleased(ulong startTs, double seconds);
}
