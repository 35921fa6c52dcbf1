using System.Collections.Generic;
using System.Runtime.Serialization;

namespace Binlog.Admin.Contract;

/// <summary>Transactions that a Pump has no outcome of.</summary>
[DataContract]
public sealed class TransactionsView
{
    /// <summary>The Pump.</summary>
    [DataMember(Name = "nodeId")]
    public string NodeId { get; set; } = "";

    /// <summary>What holds its order at present; null when nothing does.</summary>
    [DataMember(Name = "held", EmitDefaultValue = false)]
    public HeldOrderView? Held { get; set; }

    /// <summary>Who is asked how transactions ended; null when nobody can be.</summary>
    [DataMember(Name = "source", EmitDefaultValue = false)]
    public string? Source { get; set; }

    /// <summary>How many there are.</summary>
    [DataMember(Name = "undecidedCount")]
    public long UndecidedCount { get; set; }

    /// <summary>The oldest of them.</summary>
    [DataMember(Name = "undecided")]
    public List<UndecidedView> Undecided { get; set; } = [];
}
