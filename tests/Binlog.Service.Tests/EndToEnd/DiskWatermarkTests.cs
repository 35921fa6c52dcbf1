using System.Text.Json;
using Binlog.Cluster.Pumps;
using Binlog.Service.Hosting;
using Binlog.Service.Tests.Pump;
using Binlog.TestKit.Waiting;

namespace Binlog.Service.Tests.EndToEnd;

/// <summary>A Pump on a small file system that another program fills and empties.</summary>
[Collection(ProcessCluster.Collection)]
public sealed class DiskWatermarkTests
{
    private const string Full = "pump2";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(10) };
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pump_AtTheHardWatermark_OthersTakeOverUntilSpaceIsFreed()
    {
        using var cluster = new ProcessCluster(ProcessCluster.File);
        using SmallDisk disk = SmallDisk.Mount(cluster.DataOf(Full));
        cluster.Extra[Full] = ["--pump:stopWriteAtAvailableSpace=40MiB", "--pump:warnAtAvailableSpace=60MiB"];
        string address = cluster.PumpAddresses.Split(',')[cluster.Pumps.ToList().IndexOf(Full)];
        disk.Fill(leave: 30 << 20);
        cluster.StartAll();
        await WaitForStateAsync(address, "full", cluster.Describe);

        using BinlogdProcess replay = cluster.Replay();
        Assert.Equal(ExitCode.Ok, (await replay.WaitAsync(Patience)).ExitCode);
        await cluster.WaitForAllAsync(Patience);
        await cluster.AssertEqualAsync();
        JsonElement full = await WaitForStateAsync(address, "full", cluster.Describe);
        Assert.InRange(full.GetProperty("disk").GetProperty("refusedWrites").GetInt64(), 1, long.MaxValue);
        Assert.StartsWith("writes are refused", full.GetProperty("problem").GetString(), StringComparison.Ordinal);
        Assert.Single(cluster[Full].Errors.Split('\n'), line => line.Contains("This Pump refuses writes", StringComparison.Ordinal));

        disk.Free();
        JsonElement enough = await WaitForStateAsync(address, "enough", cluster.Describe);
        Assert.Equal("", enough.GetProperty("problem").GetString());
        await using PumpClient client = await PumpClient.OpenAsync(ProcessCluster.Recording.ClusterId, PumpSource.Addresses(address), new PumpClientOptions(), TimeProvider.System, Token);
        ulong startTs = ProcessCluster.Recording.LastCommitTs + 1;
        await (await client.Begin(startTs).PrewriteAsync(TestBinlogs.Prewrite(startTs), Token)).RollbackAsync(Token);
    }

    private static async Task<JsonElement> WaitForStateAsync(string address, string state, Func<string> describe)
    {
        JsonElement found = default;
        await Eventually.HoldsAsync(
            $"the disk of {address} is {state}; {describe()}",
            async () =>
            {
                try
                {
                    using JsonDocument json = JsonDocument.Parse(await Http.GetStringAsync(new Uri($"http://{address}/retention"), Token));
                    found = json.RootElement.Clone();
                    return found.GetProperty("disk").GetProperty("state").GetString() == state;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            Token);
        return found;
    }
}
