using Binlog.Cluster.Pumps.Members;

namespace Binlog.Cluster.Pumps.Selecting;

/// <summary>A strategy. Thread-safe.</summary>
internal interface IPumpSelector
{
    /// <summary>Begins the choice for a prewrite.</summary>
    /// <param name="startTs">Its start TS.</param>
    /// <returns>A number that goes to <see cref="Select"/> with every try of this prewrite.</returns>
    uint Begin(ulong startTs);

    /// <summary>Chooses a Pump.</summary>
    /// <param name="candidates">At least one.</param>
    /// <param name="turn">What <see cref="Begin"/> gave.</param>
    /// <param name="moves">How often this prewrite has gone on to another Pump.</param>
    PumpNode Select(PumpNode[] candidates, uint turn, uint moves);

    /// <summary>The selector of a strategy.</summary>
    public static IPumpSelector Of(PumpStrategy strategy) => strategy switch
    {
        PumpStrategy.Hash => HashSelector.Instance,
        PumpStrategy.LeastLoaded => new LeastLoadedSelector(),
        _ => new RangeSelector(),
    };
}
