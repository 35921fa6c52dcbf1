using System;
using System.Runtime.Serialization;

namespace Binlog.Admin.Contract;

/// <summary>A timestamp of the cluster.</summary>
[DataContract]
public sealed class TsoView
{
    /// <summary>Milliseconds since 1970 in UTC, times 2^18, and a counter.</summary>
    [DataMember(Name = "tso")]
    public ulong Tso { get; set; }

    /// <summary>The time in it, UTC.</summary>
    [DataMember(Name = "time", EmitDefaultValue = false)]
    public DateTime? Time { get; set; }
}
