using System;
using System.Runtime.Serialization;

namespace Binlog.Admin.Contract;

/// <summary>What holds a Pump's order: nothing behind it goes out.</summary>
[DataContract]
public sealed class HeldOrderView
{
    /// <summary><c>outcome</c> or <c>prewrite</c>.</summary>
    [DataMember(Name = "waitsFor")]
    public string WaitsFor { get; set; } = "";

    /// <summary>Start TS of the transaction.</summary>
    [DataMember(Name = "startTs")]
    public ulong StartTs { get; set; }

    /// <summary>Its commit TS; 0 when it is not known.</summary>
    [DataMember(Name = "commitTs")]
    public ulong CommitTs { get; set; }

    /// <summary>Since when, UTC.</summary>
    [DataMember(Name = "since", EmitDefaultValue = false)]
    public DateTime? Since { get; set; }

    /// <summary>The same as a duration.</summary>
    [DataMember(Name = "seconds")]
    public double Seconds { get; set; }

    /// <summary>How many wait behind it.</summary>
    [DataMember(Name = "waitingTransactions")]
    public long WaitingTransactions { get; set; }
}
