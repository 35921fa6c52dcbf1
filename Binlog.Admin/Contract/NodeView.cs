using System;
using System.Runtime.Serialization;

namespace Binlog.Admin.Contract;

/// <summary>A Pump or a Drainer.</summary>
[DataContract]
public sealed class NodeView
{
    /// <summary><c>pump</c> or <c>drainer</c>.</summary>
    [DataMember(Name = "role")]
    public string Role { get; set; } = "";

    /// <summary>Its name, unique in its role.</summary>
    [DataMember(Name = "nodeId")]
    public string NodeId { get; set; } = "";

    /// <summary>Where it is reached: <c>host:port</c>.</summary>
    [DataMember(Name = "address")]
    public string Address { get; set; } = "";

    /// <summary><c>online</c>, <c>pausing</c>, <c>paused</c>, <c>closing</c> or <c>offline</c>; for a process that was killed, its last one.</summary>
    [DataMember(Name = "state")]
    public string State { get; set; } = "";

    /// <summary>Whether its process lives, as the registry sees it.</summary>
    [DataMember(Name = "isAlive")]
    public bool IsAlive { get; set; }

    /// <summary>A Pump's max commit TS, a Drainer's checkpoint. A TSO.</summary>
    [DataMember(Name = "commitTs")]
    public ulong CommitTs { get; set; }

    /// <summary>The time in <see cref="CommitTs"/>, UTC.</summary>
    [DataMember(Name = "commitTime", EmitDefaultValue = false)]
    public DateTime? CommitTime { get; set; }

    /// <summary>How far <see cref="CommitTs"/> is behind the clock of the host that answers; null when there is none.</summary>
    [DataMember(Name = "lagSeconds", EmitDefaultValue = false)]
    public double? LagSeconds { get; set; }

    /// <summary>When it was last heard of, UTC.</summary>
    [DataMember(Name = "seenAt", EmitDefaultValue = false)]
    public DateTime? SeenAt { get; set; }

    /// <summary>What is wrong with it, or what it waits for; null when nothing is known to be. Only where a single node was asked for.</summary>
    [DataMember(Name = "problem", EmitDefaultValue = false)]
    public string? Problem { get; set; }

    /// <summary>Version of its program. Only where a single node was asked for.</summary>
    [DataMember(Name = "version", EmitDefaultValue = false)]
    public string? Version { get; set; }

    /// <summary>What a leaving Pump waits for. Only where a single node was asked for.</summary>
    [DataMember(Name = "leaving", EmitDefaultValue = false)]
    public LeavingView? Leaving { get; set; }

    /// <summary>Since when a Drainer is paused, UTC. Only where a single node was asked for.</summary>
    [DataMember(Name = "pausedSince", EmitDefaultValue = false)]
    public DateTime? PausedSince { get; set; }
}
