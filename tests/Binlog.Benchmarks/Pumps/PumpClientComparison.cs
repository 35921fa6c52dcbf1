using System.Diagnostics;
using System.Globalization;

namespace Binlog.Benchmarks.Pumps;

/// <summary>
/// The Pump Client against raw calls in many short rounds that take turns, so that what else the machine does meets both alike: the medians of the rounds' ratios, in
/// time and in CPU of both sides.
/// </summary>
internal static class PumpClientComparison
{
    /// <summary>First argument of the benchmarks' program that asks for this.</summary>
    public const string Verb = "compare-pump-client";

    private const int Writers = 64;
    private const int Bytes = 300;
    private const int TransactionsOfARound = 6400;
    private const int WarmUpRounds = 5;

    public static async Task RunAsync(int rounds)
    {
        await using AcceptingPump pump = await AcceptingPump.StartAsync();
        await using TransactionWriters writers = await TransactionWriters.OpenAsync(pump.Address, Writers, Bytes);
        Func<Task>[] ways =
        [
            () => writers.WriteRawAsync(TransactionsOfARound, hasDeadline: false),
            () => writers.WriteRawAsync(TransactionsOfARound, hasDeadline: true),
            () => writers.WriteByClientAsync(TransactionsOfARound),
        ];
        var measured = ways.Select(_ => new List<Cost>()).ToArray();
        for (int round = -WarmUpRounds; round < rounds; round++)
        {
            // Each way is first, second and last equally often.
            for (int turn = 0; turn < ways.Length; turn++)
            {
                int way = (round + WarmUpRounds + turn) % ways.Length;
                Cost cost = await MeasureAsync(ways[way]);
                if (round >= 0)
                {
                    measured[way].Add(cost);
                }
            }
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Writers} writers, {rounds} rounds of {TransactionsOfARound} transactions of {Bytes} bytes, each two calls"));
        Print("raw calls", measured[0], measured[0]);
        Print("raw calls with deadline", measured[1], measured[0]);
        Print("Pump Client", measured[2], measured[0]);
        Print("Pump Client, to raw calls with deadline", measured[2], measured[1]);
    }

    private static async Task<Cost> MeasureAsync(Func<Task> way)
    {
        GC.Collect();
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long started = Stopwatch.GetTimestamp();
        await way();
        TimeSpan time = Stopwatch.GetElapsedTime(started);
        return new Cost(time / TransactionsOfARound, (Environment.CpuUsage.TotalTime - cpu) / TransactionsOfARound, (GC.GetTotalAllocatedBytes(precise: true) - allocated) / (double)TransactionsOfARound);
    }

    private static void Print(string name, List<Cost> costs, List<Cost> baseline) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{name,-42} time {Median(costs.Select(cost => cost.Time.TotalMicroseconds)),6:0.00} µs (ratio {Median(costs.Zip(baseline, (one, other) => one.Time / other.Time)):0.000})  CPU {Median(costs.Select(cost => cost.Cpu.TotalMicroseconds)),6:0.00} µs (ratio {Median(costs.Zip(baseline, (one, other) => one.Cpu / other.Cpu)):0.000})  allocated {Median(costs.Select(cost => cost.Bytes)):0} B"));

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[sorted.Length / 2] + sorted[(sorted.Length - 1) / 2]) / 2;
    }

    /// <summary>Of one transaction, client and server together.</summary>
    private readonly record struct Cost(TimeSpan Time, TimeSpan Cpu, double Bytes);
}
