namespace Binlog.Service.Downstream.Claiming;

/// <summary>What is known of another Drainer's process.</summary>
internal enum RivalLife
{
    /// <summary>It has been watched for too short a time to tell.</summary>
    Unsure,

    /// <summary>It was heard while it was watched.</summary>
    Alive,

    /// <summary>It was silent for so long that it may be replaced.</summary>
    Dead,
}
