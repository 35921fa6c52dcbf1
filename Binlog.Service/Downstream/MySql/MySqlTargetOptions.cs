using Binlog.MySql;
using Binlog.Service.Downstream.Claiming;
using Binlog.Service.Downstream.MySql.Rows;
using Binlog.Service.Downstream.Outside;

namespace Binlog.Service.Downstream.MySql;

/// <summary>Where a MySQL, MariaDB or TiDB target is, and for which upstream cluster.</summary>
internal sealed record MySqlTargetOptions
{
    /// <summary>How to connect.</summary>
    public required MySqlConnectionOptions Connection { get; init; }

    /// <summary>Id of the upstream cluster: the key of the checkpoint's row.</summary>
    public required ulong ClusterId { get; init; }

    /// <summary>Who applies, and what to do when somebody else does.</summary>
    public TargetClaim Claim { get; init; } = new();

    /// <summary>Makes sessions with the checkpoint's place outside of the target; null when it is in the target.</summary>
    public Func<ICheckpointPlace>? CheckpointPlace { get; init; }

    /// <summary>How much goes into one statement.</summary>
    public RowStatementLimits Statements { get; init; } = new();

    /// <summary>Bytes of statements that travel without waiting for answers in between.</summary>
    public int PipelineBytes { get; init; } = 1024 * 1024;

    /// <summary>How long to wait for another session of the same cluster to end, unless this is a standby.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Called at each step, so that tests can fail there.</summary>
    internal Func<MySqlTargetStep, Task>? StepReached { get; init; }
}
