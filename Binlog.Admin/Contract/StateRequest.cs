using System.Runtime.Serialization;

namespace Binlog.Admin.Contract;

/// <summary>Sets the state of a node whose process is gone.</summary>
[DataContract]
public sealed class StateRequest
{
    /// <summary><c>paused</c> or <c>offline</c>.</summary>
    [DataMember(Name = "state")]
    public string State { get; set; } = "";

    /// <summary>In a few words, at most 1000 characters; may be left out.</summary>
    [DataMember(Name = "reason", EmitDefaultValue = false)]
    public string? Reason { get; set; }
}
