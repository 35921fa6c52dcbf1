using Binlog.Cluster.Pumps.Members;
using Binlog.Cluster.Registry;

namespace Binlog.Cluster.Pumps;

/// <summary>Where a <see cref="PumpClient"/> learns which Pumps there are.</summary>
public sealed class PumpSource
{
    /// <summary>Name of the Pump behind a socket. Source: TiDB's Pump Client.</summary>
    public const string LocalPump = "localPump";

    private PumpSource(INodeWatch watch, string description)
    {
        Watch = watch;
        Description = description;
    }

    internal INodeWatch Watch { get; }

    /// <summary>For messages.</summary>
    internal string Description { get; }

    /// <summary>The Pumps that a registry lists, followed as they come, pause, leave and go.</summary>
    public static PumpSource Registry(INodeWatch watch)
    {
        ArgumentNullException.ThrowIfNull(watch);
        return new PumpSource(watch, "the registry");
    }

    /// <summary>Pumps at given addresses. They count as online; nobody says when one has left.</summary>
    /// <param name="addresses"><c>host:port</c> of each Pump, at least one; each serves as the Pump's node ID.</param>
    public static PumpSource Addresses(params IReadOnlyList<string> addresses)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        ArgumentOutOfRangeException.ThrowIfZero(addresses.Count, nameof(addresses));
        return new PumpSource(new FixedPumpWatch([.. addresses.Distinct(StringComparer.Ordinal).Select(address => Online(address, address))]), "the list of addresses");
    }

    /// <summary>The one Pump of this machine that listens on a Unix socket: TiDB's <c>binlog-socket</c>.</summary>
    /// <param name="path">Absolute path of the socket (<c>pump.socket</c> of that Pump).</param>
    public static PumpSource Socket(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!path.StartsWith('/'))
        {
            throw new ArgumentException($"The socket's path is \"{path}\"; expected an absolute path.", nameof(path));
        }

        return new PumpSource(new FixedPumpWatch([Online(LocalPump, "unix://" + path)]), $"the socket {path}");
    }

    private static NodeStatus Online(string nodeId, string address) => new() { NodeId = nodeId, Host = address, State = NodeState.Online, IsAlive = true };
}
