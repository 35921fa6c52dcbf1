using System.Runtime.Serialization;

namespace Binlog.Admin.Contract;

/// <summary>Something that holds a Drainer back.</summary>
[DataContract]
public sealed class LagReasonView
{
    /// <summary>What it is, in one word or two with hyphens.</summary>
    [DataMember(Name = "kind")]
    public string Kind { get; set; } = "";

    /// <summary>Pump, table, directory or server that it is about.</summary>
    [DataMember(Name = "where")]
    public string Where { get; set; } = "";

    /// <summary>The same in a sentence, with the figures.</summary>
    [DataMember(Name = "message")]
    public string Message { get; set; } = "";
}
