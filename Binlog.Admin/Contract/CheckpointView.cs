using System;
using System.Runtime.Serialization;

namespace Binlog.Admin.Contract;

/// <summary>Where the target of a Drainer is.</summary>
[DataContract]
public sealed class CheckpointView
{
    /// <summary>The Drainer.</summary>
    [DataMember(Name = "nodeId")]
    public string NodeId { get; set; } = "";

    /// <summary>The target has everything up to this commit TS.</summary>
    [DataMember(Name = "commitTs")]
    public ulong CommitTs { get; set; }

    /// <summary>The time in it, UTC.</summary>
    [DataMember(Name = "commitTime", EmitDefaultValue = false)]
    public DateTime? CommitTime { get; set; }

    /// <summary><c>transactional</c> or <c>eventual</c>.</summary>
    [DataMember(Name = "consistency")]
    public string Consistency { get; set; } = "";

    /// <summary>Whether rows that are there already or missing are not noticed.</summary>
    [DataMember(Name = "safeMode")]
    public bool SafeMode { get; set; }

    /// <summary>What applying waits for; null when it does not.</summary>
    [DataMember(Name = "problem", EmitDefaultValue = false)]
    public string? Problem { get; set; }
}
