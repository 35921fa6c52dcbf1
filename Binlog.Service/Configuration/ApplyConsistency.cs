namespace Binlog.Service.Configuration;

/// <summary>What a reader of the target may see while transactions are applied (docs/operations/consistency.md).</summary>
internal enum ApplyConsistency
{
    /// <summary>A prefix of the upstream's history, in whole transactions.</summary>
    Transactional,

    /// <summary>Any rows of transactions that are under way: workers commit on their own. Only what the checkpoint covers is whole.</summary>
    Eventual,
}
