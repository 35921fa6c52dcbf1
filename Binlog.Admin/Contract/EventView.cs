using System;
using System.Runtime.Serialization;

namespace Binlog.Admin.Contract;

/// <summary>Who did what when.</summary>
[DataContract]
public sealed class EventView
{
    /// <summary>When, UTC.</summary>
    [DataMember(Name = "at", EmitDefaultValue = false)]
    public DateTime? At { get; set; }

    /// <summary>The node in whose journal it is: <c>role/ID</c>.</summary>
    [DataMember(Name = "node")]
    public string Node { get; set; } = "";

    /// <summary>Who did it: a token's name, a certificate's common name, or <c>loopback</c>.</summary>
    [DataMember(Name = "who")]
    public string Who { get; set; } = "";

    /// <summary>Address that it came from; empty for what the node did itself.</summary>
    [DataMember(Name = "from")]
    public string From { get; set; } = "";

    /// <summary>What was asked for.</summary>
    [DataMember(Name = "action")]
    public string Action { get; set; } = "";

    /// <summary>What it was about: a node, a transaction, a setting.</summary>
    [DataMember(Name = "target")]
    public string Target { get; set; } = "";

    /// <summary><c>done</c> or <c>refused</c>.</summary>
    [DataMember(Name = "outcome")]
    public string Outcome { get; set; } = "";

    /// <summary>What became of it.</summary>
    [DataMember(Name = "message")]
    public string Message { get; set; } = "";

    /// <summary>The reason that was given.</summary>
    [DataMember(Name = "reason", EmitDefaultValue = false)]
    public string? Reason { get; set; }
}
