using System.Collections.Generic;
using System.Runtime.Serialization;

namespace Binlog.Admin.Contract;

/// <summary>Settings of a Drainer that can be changed while it runs.</summary>
[DataContract]
public sealed class SettingsView
{
    /// <summary>The Drainer.</summary>
    [DataMember(Name = "nodeId")]
    public string NodeId { get; set; } = "";

    /// <summary>Each of them.</summary>
    [DataMember(Name = "settings")]
    public List<SettingView> Settings { get; set; } = [];

    /// <summary>How long changes last.</summary>
    [DataMember(Name = "message")]
    public string Message { get; set; } = "";
}
