namespace Binlog.Service.Pump.Retention;

/// <summary>Which limit asks for the removal of the most.</summary>
internal enum RetentionReason
{
    /// <summary>Everything is within the limits.</summary>
    None,

    /// <summary><c>pump.retention.age</c>.</summary>
    Age,

    /// <summary><c>pump.retention.size</c>.</summary>
    Size,
}
