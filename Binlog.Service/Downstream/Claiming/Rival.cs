namespace Binlog.Service.Downstream.Claiming;

/// <summary>A Drainer of the same cluster, as the registry knows it.</summary>
/// <param name="NodeId">Its name.</param>
/// <param name="Address">Where it is reached.</param>
/// <param name="Life">Whether its process lives.</param>
internal sealed record Rival(string NodeId, string Address, RivalLife Life);
