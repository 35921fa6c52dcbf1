using Binlog.Cluster.Pumps.Members;

namespace Binlog.Cluster.Pumps.Writing;

/// <summary>What became of one prewrite so far, Pump by Pump. Made when the first try fails.</summary>
internal sealed class PrewriteAttempts
{
    private readonly Dictionary<PumpNode, PumpWriteException> _failures = [];

    /// <summary>How many tries failed.</summary>
    public int Count { get; private set; }

    /// <summary>How often it has gone on to another Pump.</summary>
    public uint Moves { get; set; }

    /// <summary>Each Pump's answer, for a message.</summary>
    public string Answers => string.Join("; ", _failures.Values.Select(failure => failure.Message));

    /// <summary>Keeps a failure. That a Pump may hold the prewrite isn't forgotten when it refuses it later.</summary>
    public void Add(PumpNode pump, PumpWriteException failure)
    {
        Count++;
        if (failure.MayBeStored || !_failures.TryGetValue(pump, out PumpWriteException? earlier) || !earlier.MayBeStored)
        {
            _failures[pump] = failure;
        }
    }

    /// <summary>Pumps that may hold it, other than the process that has acknowledged it, which may be known by two names.</summary>
    /// <param name="except">The one that has acknowledged it, if one has.</param>
    public IEnumerable<PumpNode> Holders(PumpNode? except) => _failures.Where(pair => pair.Value.MayBeStored && pair.Key != except && !string.Equals(pair.Key.Address, except?.Address, StringComparison.OrdinalIgnoreCase)).Select(pair => pair.Key);
}
