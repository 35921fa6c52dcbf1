using System.Collections.Generic;
using System.Runtime.Serialization;

namespace Binlog.Admin.Contract;

/// <summary>Changes settings, all of them or none.</summary>
[DataContract]
public sealed class SettingsRequest
{
    /// <summary>The changes; at least one.</summary>
    [DataMember(Name = "changes")]
    public List<SettingChange> Changes { get; set; } = [];

    /// <summary>In a few words, at most 1000 characters; may be left out.</summary>
    [DataMember(Name = "reason", EmitDefaultValue = false)]
    public string? Reason { get; set; }
}
