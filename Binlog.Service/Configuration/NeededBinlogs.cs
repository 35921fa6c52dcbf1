namespace Binlog.Service.Configuration;

/// <summary>What a Pump does with binlogs that are over the limits of age or size while a registered Drainer has not got them yet.</summary>
internal enum NeededBinlogs
{
    /// <summary>They stay; at the hard watermark the Pump refuses writes instead.</summary>
    Keep,

    /// <summary>They go, and the Drainer can't go on.</summary>
    Delete,
}
