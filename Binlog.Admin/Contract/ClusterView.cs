using System.Collections.Generic;
using System.Runtime.Serialization;

namespace Binlog.Admin.Contract;

/// <summary>The cluster as one host sees it.</summary>
[DataContract]
public sealed class ClusterView
{
    /// <summary>ID that every message of the cluster carries.</summary>
    [DataMember(Name = "clusterId")]
    public ulong ClusterId { get; set; }

    /// <summary>Where registry and timestamps live: <c>embedded</c>, <c>etcd</c> or <c>pd</c>.</summary>
    [DataMember(Name = "mode")]
    public string Mode { get; set; } = "";

    /// <summary>The nodes of the host that answers, each as <c>role/ID</c>.</summary>
    [DataMember(Name = "answeredBy")]
    public List<string> AnsweredBy { get; set; } = [];

    /// <summary>Version of the program that answers.</summary>
    [DataMember(Name = "version")]
    public string Version { get; set; } = "";

    /// <summary>A timestamp of the cluster that was newly taken; 0 when none could be.</summary>
    [DataMember(Name = "tso")]
    public ulong Tso { get; set; }

    /// <summary>Why a part of this is missing.</summary>
    [DataMember(Name = "problem", EmitDefaultValue = false)]
    public string? Problem { get; set; }

    /// <summary>All registered nodes, offline ones included, Pumps first, by ID.</summary>
    [DataMember(Name = "nodes")]
    public List<NodeView> Nodes { get; set; } = [];
}
