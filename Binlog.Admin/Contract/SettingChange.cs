using System.Runtime.Serialization;

namespace Binlog.Admin.Contract;

/// <summary>A new value of a setting.</summary>
[DataContract]
public sealed class SettingChange
{
    /// <summary>Its name.</summary>
    [DataMember(Name = "name")]
    public string Name { get; set; } = "";

    /// <summary>Its new value.</summary>
    [DataMember(Name = "value")]
    public long Value { get; set; }
}
