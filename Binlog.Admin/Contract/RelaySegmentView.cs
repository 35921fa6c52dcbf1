using System;
using System.Runtime.Serialization;

namespace Binlog.Admin.Contract;

/// <summary>A file of a relay log.</summary>
[DataContract]
public sealed class RelaySegmentView
{
    /// <summary>Its name.</summary>
    [DataMember(Name = "name")]
    public string Name { get; set; } = "";

    /// <summary>Its size on disk.</summary>
    [DataMember(Name = "bytes")]
    public long Bytes { get; set; }

    /// <summary>First commit TS in it; 0 when it is empty.</summary>
    [DataMember(Name = "firstCommitTs")]
    public ulong FirstCommitTs { get; set; }

    /// <summary>Last commit TS in it; 0 when it is empty.</summary>
    [DataMember(Name = "lastCommitTs")]
    public ulong LastCommitTs { get; set; }

    /// <summary>The time in the last one, UTC.</summary>
    [DataMember(Name = "lastTime", EmitDefaultValue = false)]
    public DateTime? LastTime { get; set; }

    /// <summary>Whether the target has all of it.</summary>
    [DataMember(Name = "isApplied")]
    public bool IsApplied { get; set; }
}
