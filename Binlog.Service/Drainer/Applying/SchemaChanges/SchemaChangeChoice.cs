namespace Binlog.Service.Drainer.Applying.SchemaChanges;

/// <summary>What becomes of a schema change that the target refused.</summary>
internal enum SchemaChangeChoice
{
    /// <summary>The target is given it again: what stood in its way is gone.</summary>
    Retry,

    /// <summary>The checkpoint passes it, and the target stays as it is: somebody has made the change by hand, or does without it.</summary>
    Skip,
}
