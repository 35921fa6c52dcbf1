using System.Globalization;
using Binlog.Service.Drainer.Applying;
using Binlog.Service.Drainer.Collecting;
using Binlog.Service.Drainer.Merging;
using Binlog.Service.Drainer.Relaying;
using Binlog.TiDB;

namespace Binlog.Service.Drainer.Explaining;

/// <summary>
/// Names what holds a Drainer back. It goes against the flow of data: what holds the target back comes before what holds the relay log or
/// the merge, because as long as it lasts, that makes no difference.
/// </summary>
internal sealed class LagExplainer(Collector collector, Merger merger, Relay relay, RelayActivity writing, ApplyProgress progress, ApplyRateMeter rate, TargetExplainer target, IPumpOrder? orders, TimeProvider time)
{
    private static readonly TimeSpan BehindAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SlowAppend = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SlowAverage = TimeSpan.FromMilliseconds(100);

    /// <summary>Looks at every stage.</summary>
    public async Task<LagReport> ExplainAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<PumpSource> sources = collector.Sources;
        var report = new LagReport
        {
            Now = time.GetUtcNow(),
            PulledTs = sources.Count == 0 ? null : sources.Min(source => source.LastTs),
            MergedTs = merger.LastTs,
            RelayedTs = relay.LastCommitTs ?? 0,
            AppliedTs = progress.CommitTs,
            BacklogBytes = relay.BacklogBytes(),
            BacklogRecords = relay.BacklogRecords,
            Rate = rate.Measure(),
        };
        var reasons = new List<LagReason>();
        AddRefusal(sources, reasons);
        AddPause(report, reasons);
        await target.AddAsync(report, reasons, cancellationToken);
        bool isFull = AddRelay(report, reasons);
        if (collector.Held is { } held)
        {
            reasons.Add(new LagReason("registry", "registry", held));
        }

        if (!isFull)
        {
            await AddPumpsAsync(sources, reasons, cancellationToken);
        }

        if (reasons.Count == 0)
        {
            double milliseconds = report.LagOf(report.AppliedTs).TotalMilliseconds;
            string state = report.BacklogRecords == 0
                ? string.Create(CultureInfo.InvariantCulture, $"everything that Pumps sent is applied, and the newest of it is {milliseconds:0} ms old")
                : string.Create(CultureInfo.InvariantCulture, $"what Pumps send is being applied, and the target is {milliseconds:0} ms behind");
            reasons.Add(new LagReason("none", "", $"Nothing holds the Drainer back: {state}."));
        }

        return report with { Reasons = reasons };
    }

    private static void AddRefusal(IReadOnlyList<PumpSource> sources, List<LagReason> reasons)
    {
        foreach (PumpSource source in sources.Where(source => source.IsOver))
        {
            reasons.Add(Explain("pump-refuses", source, $"The Drainer stops: the Pump {source.NodeId} at {source.Address} {source.Failure}"));
        }
    }

    private void AddPause(LagReport report, List<LagReason> reasons)
    {
        if (progress.Pause is { Since: { } since } pause && pause.Describe() is { } message)
        {
            reasons.Add(new LagReason("paused", "operator", message) { Figures = new Dictionary<string, decimal> { ["seconds"] = Rounded((report.Now - since).TotalSeconds) } });
        }
    }

    private bool AddRelay(LagReport report, List<LagReason> reasons)
    {
        if (relay.Failure is { } failure)
        {
            reasons.Add(new LagReason("relay-failed", relay.Directory, $"The relay log can't be written: {failure}"));
        }
        else if (writing.AppendsFor is { } current && current >= SlowAppend)
        {
            reasons.Add(ExplainSlowDisk(current));
        }
        else if (writing.AverageAppend >= SlowAverage)
        {
            reasons.Add(ExplainSlowDisk(writing.AverageAppend));
        }

        if (writing.WaitsFor is not { } waited || report.BacklogBytes < relay.MaxBytes)
        {
            return false;
        }

        reasons.Add(new LagReason(
            "relay-full",
            relay.Directory,
            string.Create(CultureInfo.InvariantCulture, $"The relay log is full: {report.BacklogBytes} of at most {relay.MaxBytes} bytes (drainer.relay.maxSize) wait for the target, and nothing has been taken from Pumps for {waited.TotalSeconds:0} s."))
        {
            Figures = new Dictionary<string, decimal> { ["bytes"] = report.BacklogBytes, ["maxBytes"] = relay.MaxBytes, ["seconds"] = Rounded(waited.TotalSeconds) },
        });
        return true;
    }

    private LagReason ExplainSlowDisk(TimeSpan append) => new(
        "relay-slow",
        relay.Directory,
        string.Create(CultureInfo.InvariantCulture, $"The relay log's disk is slow: an append with its flush takes {append.TotalMilliseconds:0} ms."))
    {
        Figures = new Dictionary<string, decimal> { ["milliseconds"] = Rounded(append.TotalMilliseconds) },
    };

    private async Task AddPumpsAsync(IReadOnlyList<PumpSource> sources, List<LagReason> reasons, CancellationToken cancellationToken)
    {
        if (sources.Count == 0)
        {
            reasons.Add(new LagReason("no-pump", "registry", "The registry knows no Pump that isn't offline; the Drainer waits for the first one."));
        }

        foreach (PumpSource source in merger.WaitsFor)
        {
            if (await ExplainPumpAsync(source, cancellationToken) is { } reason)
            {
                reasons.Add(reason);
            }
        }
    }

    private async Task<LagReason?> ExplainPumpAsync(PumpSource source, CancellationToken cancellationToken)
    {
        string pump = $"Pump {source.NodeId} at {source.Address}";
        if (PumpHold.IsSilent(source) && orders is not null && await orders.AskAsync(source.Address, cancellationToken) is { } order)
        {
            return ExplainOrder(source, pump, order);
        }

        if (collector.HoldOf(source) is { } hold)
        {
            // Refusals have been named already.
            return hold.Kind == PumpHoldKind.Refusing ? null : Explain($"pump-{hold.Kind.ToString().ToLowerInvariant()}", source, $"Merging waits for {pump}: {hold.Reason}");
        }

        TimeSpan behind = TimeSpan.FromMilliseconds(new Tso(source.RegisteredTs).PhysicalMilliseconds - new Tso(source.LastTs).PhysicalMilliseconds);
        return behind >= BehindAfter && source.Queue.IsEmpty
            ? Explain("pump-behind", source, string.Create(CultureInfo.InvariantCulture, $"Merging follows {pump}, which sends and is {behind.TotalSeconds:0} s behind what it has, at commit TS {source.LastTs}."))
            : null;
    }

    private static LagReason ExplainOrder(PumpSource source, string pump, HeldPumpOrder order) => new(
        "pump-order",
        source.NodeId,
        string.Create(CultureInfo.InvariantCulture, $"Merging waits for {pump}: its order has waited {order.Seconds:0} s for the {(order.WaitsForOutcome ? "outcome" : "prewrite")} of the transaction of start TS {order.StartTs}; {order.WaitingTransactions} committed transactions wait behind it there. docs/operations/undecided-transactions.md says what to do."))
    {
        Figures = new Dictionary<string, decimal> { ["startTs"] = order.StartTs, ["seconds"] = Rounded(order.Seconds), ["waitingTransactions"] = order.WaitingTransactions },
    };

    private static LagReason Explain(string kind, PumpSource source, string message) => new(kind, source.NodeId, message)
    {
        Figures = new Dictionary<string, decimal> { ["lastTs"] = source.LastTs, ["silentSeconds"] = Rounded(source.SilentFor.TotalSeconds) },
    };

    private static decimal Rounded(double value) => Math.Round((decimal)value, 3);
}
