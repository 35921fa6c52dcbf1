namespace Binlog.Service.Downstream.MySql;

/// <summary>Points between which a crash makes a difference.</summary>
internal enum MySqlTargetStep
{
    /// <summary>All rows and the checkpoint are in the open transaction; COMMIT has not been sent.</summary>
    BeforeCommit,

    /// <summary>The server has answered the COMMIT.</summary>
    AfterCommit,

    /// <summary>Parts of transactions are in a worker's open transaction, and the row's epoch was found to be ours; COMMIT has not been sent.</summary>
    BeforePartCommit,

    /// <summary>The server has answered the COMMIT of parts.</summary>
    AfterPartCommit,

    /// <summary>The intent of a DDL statement is about to be made durable.</summary>
    BeforeIntent,

    /// <summary>The intent is durable; the DDL statement has not been sent.</summary>
    AfterIntent,

    /// <summary>The DDL statement has taken effect; the checkpoint has not moved.</summary>
    AfterStatement,

    /// <summary>The checkpoint has moved past the DDL.</summary>
    AfterCheckpoint,
}
