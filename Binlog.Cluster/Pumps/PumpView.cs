using Binlog.Cluster.Registry;

namespace Binlog.Cluster.Pumps;

/// <summary>What a <see cref="PumpClient"/> knows of a Pump at a moment.</summary>
/// <param name="NodeId">The Pump's node ID; of a Pump given by its address, the address.</param>
/// <param name="Address">Where it is reached.</param>
/// <param name="State">The state that the registry has for it.</param>
/// <param name="IsAvailable">Whether prewrites go to it: it is online, and neither refuses transactions nor fails all the time.</param>
/// <param name="Problem">Why it isn't available although it is online, or can't be; empty when nothing is wrong.</param>
public sealed record PumpView(string NodeId, string Address, NodeState State, bool IsAvailable, string Problem);
