using System;
using System.Runtime.Serialization;

namespace Binlog.Admin.Contract;

/// <summary>A prewrite without an outcome.</summary>
[DataContract]
public sealed class UndecidedView
{
    /// <summary>Start TS of the transaction.</summary>
    [DataMember(Name = "startTs")]
    public ulong StartTs { get; set; }

    /// <summary>The time in it, UTC.</summary>
    [DataMember(Name = "startTime", EmitDefaultValue = false)]
    public DateTime? StartTime { get; set; }

    /// <summary>How long ago that is.</summary>
    [DataMember(Name = "ageSeconds")]
    public double AgeSeconds { get; set; }

    /// <summary>What was last found out about it; null when nothing was.</summary>
    [DataMember(Name = "answer", EmitDefaultValue = false)]
    public string? Answer { get; set; }
}
