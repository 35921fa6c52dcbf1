using System;
using System.Runtime.Serialization;

namespace Binlog.Admin.Contract;

/// <summary>What a process writes to its log.</summary>
[DataContract]
public sealed class LogLevelView
{
    /// <summary>The node that was asked: <c>role/ID</c>. The level is one of its whole process.</summary>
    [DataMember(Name = "node")]
    public string Node { get; set; } = "";

    /// <summary>Lowest level that is written: <c>trace</c>, <c>debug</c>, <c>information</c>, <c>warning</c>, <c>error</c> or <c>critical</c>.</summary>
    [DataMember(Name = "level")]
    public string Level { get; set; } = "";

    /// <summary>The level of the configuration.</summary>
    [DataMember(Name = "configured")]
    public string Configured { get; set; } = "";

    /// <summary>When it goes back to the configured one by itself, UTC; null when it does not.</summary>
    [DataMember(Name = "until", EmitDefaultValue = false)]
    public DateTime? Until { get; set; }
}
