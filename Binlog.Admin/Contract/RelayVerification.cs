using System.Collections.Generic;
using System.Runtime.Serialization;

namespace Binlog.Admin.Contract;

/// <summary>Every checksum of a relay log was looked at.</summary>
[DataContract]
public sealed class RelayVerification
{
    /// <summary>The Drainer.</summary>
    [DataMember(Name = "nodeId")]
    public string NodeId { get; set; } = "";

    /// <summary>Whether nothing is damaged.</summary>
    [DataMember(Name = "isIntact")]
    public bool IsIntact { get; set; }

    /// <summary>How many records were read.</summary>
    [DataMember(Name = "records")]
    public long Records { get; set; }

    /// <summary>How many bytes were read.</summary>
    [DataMember(Name = "bytes")]
    public long Bytes { get; set; }

    /// <summary>Each damage: file, offset, what was expected and found.</summary>
    [DataMember(Name = "damages")]
    public List<string> Damages { get; set; } = [];
}
