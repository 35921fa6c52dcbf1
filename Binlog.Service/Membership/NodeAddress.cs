using Binlog.Cluster.Registry;
using Binlog.Service.Configuration;

namespace Binlog.Service.Membership;

/// <summary>Name and address under which a node is registered.</summary>
/// <param name="NodeId">The node's name.</param>
/// <param name="Address"><c>host:port</c> where others reach it.</param>
internal sealed record NodeAddress(string NodeId, string Address)
{
    /// <summary>
    /// Derives what the configuration leaves open: the machine's name for an address that listens everywhere; as the node ID the one
    /// that this data directory had before, or <c>machine:port</c>, which it then keeps.
    /// </summary>
    /// <exception cref="Hosting.StartFailedException">The ID can't be kept.</exception>
    public static NodeAddress Of(NodeIdFile ids, NodeRole role, HostPort? advertise, HostPort bound)
    {
        HostPort address = advertise ?? (bound.IsAnyAddress ? new HostPort(Environment.MachineName, bound.Port) : bound);
        string nodeId = ids.Find(role) ?? $"{Environment.MachineName}:{bound.Port}";
        ids.Keep(role, nodeId);
        return new NodeAddress(nodeId, address.ToString());
    }
}
