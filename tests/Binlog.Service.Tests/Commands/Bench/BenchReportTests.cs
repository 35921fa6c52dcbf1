using System.Text.Json;
using Binlog.Service.Commands.Bench;

namespace Binlog.Service.Tests.Commands.Bench;

public sealed class BenchReportTests
{
    [Fact]
    public void Write_Json_IsOneObjectWithEveryFigure()
    {
        var latency = new LatencyHistogram();
        latency.Record(TimeSpan.FromMilliseconds(2));
        var result = new BenchResult
        {
            Transactions = 1000,
            Rows = 3000,
            Bytes = 4_000_000,
            Elapsed = TimeSpan.FromSeconds(2),
            Latency = latency,
            UsageBefore = new ProcessUsage(5000, 1 << 20),
            UsageAfter = new ProcessUsage(25_000, 3 << 20),
        };
        var output = new StringWriter();

        BenchReport.Write(result, json: true, output);

        JsonElement json = JsonElement.Parse(output.ToString());
        Assert.Equal(500, json.GetProperty("transactionsPerSecond").GetDouble());
        Assert.Equal(1500, json.GetProperty("rowsPerSecond").GetDouble());
        Assert.Equal(2, json.GetProperty("megabytesPerSecond").GetDouble());
        Assert.InRange(json.GetProperty("p50Ms").GetDouble(), 1.94, 2.06);
        Assert.InRange(json.GetProperty("p99Ms").GetDouble(), 1.94, 2.06);
        Assert.InRange(json.GetProperty("maxMs").GetDouble(), 1.94, 2.06);
        Assert.Equal(20, json.GetProperty("serverCpuMicrosPerTransaction").GetDouble());
        Assert.Equal(3, json.GetProperty("serverRssMiB").GetDouble());
        Assert.Equal(1000, json.GetProperty("transactions").GetInt64());
        Assert.Equal(2, json.GetProperty("seconds").GetDouble());
    }

    [Fact]
    public void Write_UnknownFigures_AreNullInJsonAndADashInTheTable()
    {
        var result = new BenchResult { Transactions = 0, Rows = 0, Bytes = 0, Elapsed = TimeSpan.FromSeconds(1) };
        var json = new StringWriter();
        var table = new StringWriter();

        BenchReport.Write(result, json: true, json);
        BenchReport.Write(result, json: false, table);

        string[] unknown = ["p50Ms", "p99Ms", "maxMs", "serverCpuMicrosPerTransaction", "serverRssMiB"];
        Assert.All(unknown, name => Assert.Equal(JsonValueKind.Null, JsonElement.Parse(json.ToString()).GetProperty(name).ValueKind));
        Assert.Matches(@"call latency, p99 +│ +- │", table.ToString());
        Assert.Matches(@"server resident memory +│ +- │", table.ToString());
    }
}
