namespace Binlog.Service.Configuration;

/// <summary>What becomes of a schema change that the target refuses.</summary>
internal enum RefusedDdl
{
    /// <summary>It waits until somebody chooses to try it again or to skip it.</summary>
    Hold,

    /// <summary>It ends the Drainer.</summary>
    Stop,
}
