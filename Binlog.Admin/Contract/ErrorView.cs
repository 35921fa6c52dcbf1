using System.Runtime.Serialization;

namespace Binlog.Admin.Contract;

/// <summary>A refusal: the body of every answer whose HTTP status is 400 or above.</summary>
[DataContract]
public sealed class ErrorView
{
    /// <summary>What it is, for programs; one of <see cref="ErrorCodes"/>.</summary>
    [DataMember(Name = "code")]
    public string Code { get; set; } = "";

    /// <summary>What happened, where, what was found and expected.</summary>
    [DataMember(Name = "message")]
    public string Message { get; set; } = "";

    /// <summary>What to do; null when the message says it.</summary>
    [DataMember(Name = "remedy", EmitDefaultValue = false)]
    public string? Remedy { get; set; }

    /// <summary>The node, transaction or field that it is about.</summary>
    [DataMember(Name = "target", EmitDefaultValue = false)]
    public string? Target { get; set; }
}
