using System.Text;
using Binlog.Cluster.Pumps;
using Binlog.ClusterKit.Pumps;
using Binlog.TestKit.Time;
using Binlog.TiDB.Records;

namespace Binlog.Cluster.Tests.Pumps;

/// <summary>Scripted Pumps and clients of them, on a clock that skips the pauses between tries.</summary>
internal sealed class ScriptedCluster : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _owned = [];

    public SkippingTimeProvider Time { get; } = new(TimeSpan.FromSeconds(1));

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static byte[] Prewrite(ulong startTs, int padding = 0) =>
        BinlogPayloads.Prewrite(startTs, "k"u8, [.. Encoding.ASCII.GetBytes($"value of {startTs}"), .. new byte[padding]]);

    public async Task<ScriptedPump> StartPumpAsync() => Own(await ScriptedPump.StartAsync());

    /// <summary>A Pump that does not listen.</summary>
    public async Task<ScriptedPump> PreparePumpAsync() => Own(await ScriptedPump.PrepareAsync());

    /// <summary>A client of the default options. Its first prewrite goes to the second Pump.</summary>
    public Task<PumpClient> OpenAsync(params ScriptedPump[] pumps) => OpenAsync(new PumpClientOptions(), pumps);

    public Task<PumpClient> OpenAsync(PumpClientOptions options, params ScriptedPump[] pumps) => OpenAsync(options, PumpSource.Addresses([.. pumps.Select(pump => pump.Address)]));

    public async Task<PumpClient> OpenAsync(PumpClientOptions options, PumpSource source) =>
        Own(await PumpClient.OpenAsync(ScriptedPump.ClusterId, source, options, Time, Cancelled));

    public async ValueTask DisposeAsync()
    {
        for (int index = _owned.Count - 1; index >= 0; index--)
        {
            await _owned[index].DisposeAsync();
        }
    }

    private T Own<T>(T owned)
        where T : IAsyncDisposable
    {
        _owned.Add(owned);
        return owned;
    }
}
