using System;
using System.Runtime.Serialization;

namespace Binlog.Admin.Contract;

/// <summary>A savepoint: where a Drainer that begins anew starts.</summary>
[DataContract]
public sealed class SavepointView
{
    /// <summary>A timestamp of the cluster that was newly taken.</summary>
    [DataMember(Name = "commitTs")]
    public ulong CommitTs { get; set; }

    /// <summary>The time in it, UTC.</summary>
    [DataMember(Name = "commitTime", EmitDefaultValue = false)]
    public DateTime? CommitTime { get; set; }

    /// <summary>Content of a file <c>savepoint</c> as the original's Drainer reads it.</summary>
    [DataMember(Name = "text")]
    public string Text { get; set; } = "";
}
