using System.Runtime.Serialization;

namespace Binlog.Admin.Contract;

/// <summary>What became of an action.</summary>
[DataContract]
public sealed class ActionResult
{
    /// <summary>Role of the node.</summary>
    [DataMember(Name = "role")]
    public string Role { get; set; } = "";

    /// <summary>The node.</summary>
    [DataMember(Name = "nodeId")]
    public string NodeId { get; set; } = "";

    /// <summary>What was asked for.</summary>
    [DataMember(Name = "action")]
    public string Action { get; set; } = "";

    /// <summary>State of the node before.</summary>
    [DataMember(Name = "before")]
    public string Before { get; set; } = "";

    /// <summary>State of the node now; it may go on changing.</summary>
    [DataMember(Name = "state")]
    public string State { get; set; } = "";

    /// <summary>The same in a sentence, and what comes next.</summary>
    [DataMember(Name = "message")]
    public string Message { get; set; } = "";
}
