using System.Runtime.Serialization;

namespace Binlog.Admin.Contract;

/// <summary>A setting that can be changed at run time.</summary>
[DataContract]
public sealed class SettingView
{
    /// <summary>Its name: <c>workers</c>, <c>batchTransactions</c> or <c>batchRows</c>.</summary>
    [DataMember(Name = "name")]
    public string Name { get; set; } = "";

    /// <summary>Its value now.</summary>
    [DataMember(Name = "inEffect")]
    public long InEffect { get; set; }

    /// <summary>Its value in the configuration.</summary>
    [DataMember(Name = "configured")]
    public long Configured { get; set; }
}
