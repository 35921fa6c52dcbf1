using System.Collections.Generic;
using System.Runtime.Serialization;

namespace Binlog.Admin.Contract;

/// <summary>What a Pump that leaves the cluster waits for.</summary>
[DataContract]
public sealed class LeavingView
{
    /// <summary>The step that it is in.</summary>
    [DataMember(Name = "phase")]
    public string Phase { get; set; } = "";

    /// <summary>Drainers have to be this far. A TSO.</summary>
    [DataMember(Name = "commitTs")]
    public ulong CommitTs { get; set; }

    /// <summary>The same in a sentence.</summary>
    [DataMember(Name = "message")]
    public string Message { get; set; } = "";

    /// <summary>The Drainers that it waits for.</summary>
    [DataMember(Name = "drainers")]
    public List<NodeView> Drainers { get; set; } = [];
}
