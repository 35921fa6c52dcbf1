using System.Collections.Generic;
using System.Runtime.Serialization;

namespace Binlog.Admin.Contract;

/// <summary>The health of everything.</summary>
[DataContract]
public sealed class HealthView
{
    /// <summary>The worst severity among the findings: <c>ok</c>, <c>warning</c> or <c>error</c>.</summary>
    [DataMember(Name = "status")]
    public string Status { get; set; } = "";

    /// <summary>Errors first.</summary>
    [DataMember(Name = "findings")]
    public List<FindingView> Findings { get; set; } = [];
}
