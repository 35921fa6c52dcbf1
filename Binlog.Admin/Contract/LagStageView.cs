using System.Runtime.Serialization;

namespace Binlog.Admin.Contract;

/// <summary>How far a stage of a Drainer is.</summary>
[DataContract]
public sealed class LagStageView
{
    /// <summary><c>pulled</c>, <c>merged</c>, <c>relayed</c> or <c>applied</c>.</summary>
    [DataMember(Name = "stage")]
    public string Stage { get; set; } = "";

    /// <summary>Commit TS up to which it is done; 0 when nothing is.</summary>
    [DataMember(Name = "commitTs")]
    public ulong CommitTs { get; set; }

    /// <summary>How far that is behind the clock.</summary>
    [DataMember(Name = "lagSeconds")]
    public double LagSeconds { get; set; }
}
