namespace Binlog.Service.Downstream.Claiming;

/// <summary>What to do about a target that a session holds.</summary>
internal enum ClaimStep
{
    /// <summary>Look again in a moment.</summary>
    Wait,

    /// <summary>End that session, and take the target.</summary>
    TakeOver,

    /// <summary>Leave the target to its holder, and say so.</summary>
    Refuse,
}
