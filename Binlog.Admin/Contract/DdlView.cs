using System.Collections.Generic;
using System.Runtime.Serialization;

namespace Binlog.Admin.Contract;

/// <summary>Schema changes of a Drainer.</summary>
[DataContract]
public sealed class DdlView
{
    /// <summary>The Drainer.</summary>
    [DataMember(Name = "nodeId")]
    public string NodeId { get; set; } = "";

    /// <summary>The one that the target refused, and that waits for a choice; null when none does.</summary>
    [DataMember(Name = "held", EmitDefaultValue = false)]
    public DdlJobView? Held { get; set; }

    /// <summary>The one that the target works on; null when it works on none.</summary>
    [DataMember(Name = "underWay", EmitDefaultValue = false)]
    public DdlJobView? UnderWay { get; set; }

    /// <summary>The last ones that were applied or skipped since the start, newest first; at most 100.</summary>
    [DataMember(Name = "recent")]
    public List<DdlJobView> Recent { get; set; } = [];
}
