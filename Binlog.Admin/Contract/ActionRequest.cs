using System.Runtime.Serialization;

namespace Binlog.Admin.Contract;

/// <summary>Why an operator does something; kept in the journal of events.</summary>
[DataContract]
public sealed class ActionRequest
{
    /// <summary>In a few words, at most 1000 characters; may be left out.</summary>
    [DataMember(Name = "reason", EmitDefaultValue = false)]
    public string? Reason { get; set; }
}
