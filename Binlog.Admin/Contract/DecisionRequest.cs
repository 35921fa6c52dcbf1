using System.Runtime.Serialization;

namespace Binlog.Admin.Contract;

/// <summary>Says how a transaction ended.</summary>
[DataContract]
public sealed class DecisionRequest
{
    /// <summary>The commit TS; null when it was rolled back.</summary>
    [DataMember(Name = "commitTs", EmitDefaultValue = false)]
    public ulong? CommitTs { get; set; }

    /// <summary>How that is known; required, at most 1000 characters.</summary>
    [DataMember(Name = "reason")]
    public string Reason { get; set; } = "";
}
