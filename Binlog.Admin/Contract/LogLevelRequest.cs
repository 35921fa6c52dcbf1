using System.Runtime.Serialization;

namespace Binlog.Admin.Contract;

/// <summary>Changes what a process writes to its log, until the next start at the longest.</summary>
[DataContract]
public sealed class LogLevelRequest
{
    /// <summary>The new level.</summary>
    [DataMember(Name = "level")]
    public string Level { get; set; } = "";

    /// <summary>After how many seconds it goes back to the configured one, 1 to 86400; null: not by itself.</summary>
    [DataMember(Name = "forSeconds", EmitDefaultValue = false)]
    public int? ForSeconds { get; set; }

    /// <summary>In a few words, at most 1000 characters; may be left out.</summary>
    [DataMember(Name = "reason", EmitDefaultValue = false)]
    public string? Reason { get; set; }
}
