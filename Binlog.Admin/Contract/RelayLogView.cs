using System.Collections.Generic;
using System.Runtime.Serialization;

namespace Binlog.Admin.Contract;

/// <summary>The relay log of a Drainer.</summary>
[DataContract]
public sealed class RelayLogView
{
    /// <summary>The Drainer.</summary>
    [DataMember(Name = "nodeId")]
    public string NodeId { get; set; } = "";

    /// <summary>Where it is on the Drainer's machine.</summary>
    [DataMember(Name = "directory")]
    public string Directory { get; set; } = "";

    /// <summary>It has everything after this commit TS. 0 when it is empty.</summary>
    [DataMember(Name = "completeAfter")]
    public ulong CompleteAfter { get; set; }

    /// <summary>Up to this commit TS it is flushed.</summary>
    [DataMember(Name = "flushedUpTo")]
    public ulong FlushedUpTo { get; set; }

    /// <summary>Up to this commit TS the target has it.</summary>
    [DataMember(Name = "appliedUpTo")]
    public ulong AppliedUpTo { get; set; }

    /// <summary>Its size on disk.</summary>
    [DataMember(Name = "bytes")]
    public long Bytes { get; set; }

    /// <summary>Its files, oldest first.</summary>
    [DataMember(Name = "segments")]
    public List<RelaySegmentView> Segments { get; set; } = [];
}
