using System.Collections.Generic;
using System.Runtime.Serialization;

namespace Binlog.Admin.Contract;

/// <summary>How far a Drainer is behind, and why.</summary>
[DataContract]
public sealed class LagView
{
    /// <summary>The Drainer.</summary>
    [DataMember(Name = "nodeId")]
    public string NodeId { get; set; } = "";

    /// <summary>How far its target is behind the clock.</summary>
    [DataMember(Name = "lagSeconds")]
    public double LagSeconds { get; set; }

    /// <summary>What holds it back, the main reason first.</summary>
    [DataMember(Name = "reasons")]
    public List<LagReasonView> Reasons { get; set; } = [];

    /// <summary>How far each stage is: pulled, merged, relayed, applied.</summary>
    [DataMember(Name = "stages")]
    public List<LagStageView> Stages { get; set; } = [];

    /// <summary>Records that are flushed in the relay log and not applied.</summary>
    [DataMember(Name = "backlogRecords")]
    public long BacklogRecords { get; set; }

    /// <summary>Their bytes.</summary>
    [DataMember(Name = "backlogBytes")]
    public long BacklogBytes { get; set; }

    /// <summary>How fast the last seconds were.</summary>
    [DataMember(Name = "bytesPerSecond")]
    public double BytesPerSecond { get; set; }

    /// <summary>How fast the last seconds were.</summary>
    [DataMember(Name = "rowsPerSecond")]
    public double RowsPerSecond { get; set; }

    /// <summary>Until the backlog is applied at this rate; null when it is not known.</summary>
    [DataMember(Name = "secondsToCatchUp", EmitDefaultValue = false)]
    public double? SecondsToCatchUp { get; set; }
}
