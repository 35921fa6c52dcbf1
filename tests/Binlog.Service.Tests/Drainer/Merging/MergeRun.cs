using Binlog.Service.Drainer.Collecting;
using Binlog.Service.Drainer.Memory;
using Binlog.Service.Drainer.Merging;
using Binlog.Service.Tests.Drainer.Collecting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Drainer.Merging;

/// <summary>A merge of Pumps that a test makes.</summary>
internal sealed class MergeRun(ulong startTs, MergeFence? fence = null) : IAsyncDisposable
{
    private readonly Dictionary<string, PumpSource> _made = [];

    /// <summary>What the sources share.</summary>
    public SourceMemory Memory { get; init; } = TestMemory.Create();

    public Merger Merger { get; } = new(startTs, fence ?? OpenFence.Create(), NullLogger.Instance);

    public async Task SetAsync(params (string Name, IBinlogPuller Pump)[] pumps)
    {
        foreach ((string name, IBinlogPuller pump) in pumps)
        {
            await AddAsync(name, pump);
        }
    }

    public Task AddAsync(string name, IBinlogPuller pump) =>
        Merger.Propose((lastTs, present) => [.. present.Values, _made[name] = new PumpSource(name, name, pump, lastTs, Memory, new InstantTimeProvider(), NullLogger.Instance)]);

    public Task RemoveAsync(string name) => Merger.Propose((_, present) => [.. present.Values.Where(source => source.NodeId != name)]);

    public PumpSource Source(string name) => _made[name];

    public bool IsOver(string name) => _made[name].IsOver;

    /// <summary>Reads until the merge has passed a TS.</summary>
    public async Task<List<MergedBinlog>> ReadToAsync(ulong commitTs, int maxBytes = 1)
    {
        var merged = new List<MergedBinlog>();
        while (Merger.LastTs < commitTs)
        {
            await Merger.ReadBatchAsync(merged, maxBytes, TestContext.Current.CancellationToken);
        }

        return merged;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (PumpSource source in _made.Values)
        {
            await source.DisposeAsync();
        }
    }
}
