namespace Binlog.Service.Drainer.Applying.Eventual;

/// <summary>What came of dividing a group.</summary>
internal enum Division
{
    /// <summary>It is divided.</summary>
    Divided,

    /// <summary>Some of its rows belong to two workers that have groups under way; once those are durable it can be divided.</summary>
    Meets,

    /// <summary>Its rows must be applied in their order, in one transaction.</summary>
    Alone,
}
