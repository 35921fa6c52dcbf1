namespace Binlog.Service.Drainer.Applying.Large;

/// <summary>What is being done with a large transaction.</summary>
internal enum LargeStage
{
    /// <summary>Its checksum is computed, and earlier transactions are waited for.</summary>
    Verifying,

    /// <summary>Its rows are executed.</summary>
    Executing,

    /// <summary>The target refused a key; rows that hand keys on are looked for.</summary>
    Ordering,

    /// <summary>Every row is executed, and the target commits.</summary>
    Committing,
}
