using System.Runtime.Serialization;

namespace Binlog.Admin.Contract;

/// <summary>Something that a look at everything found.</summary>
[DataContract]
public sealed class FindingView
{
    /// <summary><c>ok</c>, <c>warning</c> or <c>error</c>.</summary>
    [DataMember(Name = "severity")]
    public string Severity { get; set; } = "";

    /// <summary>What was looked at: <c>cluster</c>, <c>pump/ID</c>, <c>drainer/ID</c>.</summary>
    [DataMember(Name = "subject")]
    public string Subject { get; set; } = "";

    /// <summary>What about it, in one word or two with hyphens.</summary>
    [DataMember(Name = "check")]
    public string Check { get; set; } = "";

    /// <summary>What was found.</summary>
    [DataMember(Name = "message")]
    public string Message { get; set; } = "";

    /// <summary>What to do; null when there is nothing to do.</summary>
    [DataMember(Name = "remedy", EmitDefaultValue = false)]
    public string? Remedy { get; set; }
}
