using Binlog.Service.Configuration;

namespace Binlog.Service.Membership;

/// <summary>Name and address under which a node is registered.</summary>
/// <param name="NodeId">The node's name.</param>
/// <param name="Address"><c>host:port</c> where others reach it.</param>
internal sealed record NodeAddress(string NodeId, string Address)
{
    /// <summary>Derives what the configuration leaves open: the machine's name for an address that listens everywhere, <c>host:port</c> as the node ID.</summary>
    public static NodeAddress Of(string? nodeId, HostPort? advertise, HostPort bound)
    {
        HostPort address = advertise ?? (bound.IsAnyAddress ? new HostPort(Environment.MachineName, bound.Port) : bound);
        return new NodeAddress(nodeId ?? $"{Environment.MachineName}:{bound.Port}", address.ToString());
    }
}
