namespace Binlog.Service.Commands.Inspect;

/// <summary>Whose records a log has.</summary>
internal enum LogKind
{
    /// <summary>Not known: it has no records that tell.</summary>
    Unknown,

    /// <summary>A Pump's store.</summary>
    Pump,

    /// <summary>A Drainer's relay log.</summary>
    Relay,
}
