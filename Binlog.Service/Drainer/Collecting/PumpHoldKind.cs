namespace Binlog.Service.Drainer.Collecting;

/// <summary>Why merging waits for a Pump.</summary>
internal enum PumpHoldKind
{
    /// <summary>It will never be pulled again; the Drainer stops.</summary>
    Refusing,

    /// <summary>It is stopped for a while.</summary>
    Paused,

    /// <summary>It can't be reached, or broke off.</summary>
    Failing,

    /// <summary>It is connected, and nothing comes from it.</summary>
    Silent,
}
