using System;
using System.Runtime.Serialization;

namespace Binlog.Admin.Contract;

/// <summary>What a Pump keeps.</summary>
[DataContract]
public sealed class RetentionView
{
    /// <summary>The Pump.</summary>
    [DataMember(Name = "nodeId")]
    public string NodeId { get; set; } = "";

    /// <summary>Size of its store on disk.</summary>
    [DataMember(Name = "bytes")]
    public long Bytes { get; set; }

    /// <summary>The oldest commit TS that can be pulled.</summary>
    [DataMember(Name = "oldestCommitTs")]
    public ulong OldestCommitTs { get; set; }

    /// <summary>The time in it, UTC.</summary>
    [DataMember(Name = "oldestTime", EmitDefaultValue = false)]
    public DateTime? OldestTime { get; set; }

    /// <summary>Until the disk is full at the present rate; null when it is not known or never.</summary>
    [DataMember(Name = "hoursUntilFull", EmitDefaultValue = false)]
    public double? HoursUntilFull { get; set; }

    /// <summary>Until writes are refused at the present rate; null when it is not known or never.</summary>
    [DataMember(Name = "hoursUntilStopWrite", EmitDefaultValue = false)]
    public double? HoursUntilStopWrite { get; set; }

    /// <summary>What is wrong; null when nothing is.</summary>
    [DataMember(Name = "problem", EmitDefaultValue = false)]
    public string? Problem { get; set; }

    /// <summary>What the last removal did.</summary>
    [DataMember(Name = "lastPass", EmitDefaultValue = false)]
    public string? LastPass { get; set; }
}
