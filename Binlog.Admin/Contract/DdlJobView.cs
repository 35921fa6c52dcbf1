using System;
using System.Collections.Generic;
using System.Runtime.Serialization;

namespace Binlog.Admin.Contract;

/// <summary>One schema change.</summary>
[DataContract]
public sealed class DdlJobView
{
    /// <summary>Commit TS of its binlog.</summary>
    [DataMember(Name = "commitTs")]
    public ulong CommitTs { get; set; }

    /// <summary>The time in it, UTC.</summary>
    [DataMember(Name = "commitTime", EmitDefaultValue = false)]
    public DateTime? CommitTime { get; set; }

    /// <summary>ID of the job in TiDB.</summary>
    [DataMember(Name = "jobId")]
    public long JobId { get; set; }

    /// <summary>What it does.</summary>
    [DataMember(Name = "type")]
    public string Type { get; set; } = "";

    /// <summary>The statement that was given to TiDB.</summary>
    [DataMember(Name = "query")]
    public string Query { get; set; } = "";

    /// <summary><c>held</c>, <c>underway</c>, <c>applied</c> or <c>skipped</c>.</summary>
    [DataMember(Name = "outcome")]
    public string Outcome { get; set; } = "";

    /// <summary>Since when it is so, UTC.</summary>
    [DataMember(Name = "at", EmitDefaultValue = false)]
    public DateTime? At { get; set; }

    /// <summary>Why the target refused it.</summary>
    [DataMember(Name = "error", EmitDefaultValue = false)]
    public string? Error { get; set; }

    /// <summary>What can be chosen: <c>retry</c>, <c>skip</c>; empty when nothing can.</summary>
    [DataMember(Name = "choices")]
    public List<string> Choices { get; set; } = [];
}
