using System.Runtime.Serialization;

namespace Binlog.Admin.Contract;

/// <summary>A transaction was decided.</summary>
[DataContract]
public sealed class DecisionResult
{
    /// <summary>Start TS of the transaction.</summary>
    [DataMember(Name = "startTs")]
    public ulong StartTs { get; set; }

    /// <summary>Its commit TS; null when it was rolled back.</summary>
    [DataMember(Name = "commitTs", EmitDefaultValue = false)]
    public ulong? CommitTs { get; set; }

    /// <summary>Who decided.</summary>
    [DataMember(Name = "by")]
    public string By { get; set; } = "";

    /// <summary>The same in a sentence.</summary>
    [DataMember(Name = "message")]
    public string Message { get; set; } = "";
}
