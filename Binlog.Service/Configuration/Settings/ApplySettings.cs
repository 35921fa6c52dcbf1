namespace Binlog.Service.Configuration.Settings;

/// <summary>Keys of the Drainer's way of applying.</summary>
internal static class ApplySettings
{
    public static TypedSetting<long> Workers { get; } = new("drainer.workers", new IntegerType(1, 256))
    {
        Default = 4,
        Effect = "Transactions of the target that are under way at a time; with drainer.consistency transactional they are committed in the upstream's order. An SQLite target has one.",
        Original = "syncer.worker-count",
    };

    public static TypedSetting<long> BatchTransactions { get; } = new("drainer.batchTransactions", new IntegerType(1, 100_000))
    {
        Default = 500,
        Effect = "Most upstream transactions that share a transaction of the target. A backlog fills it; without one each goes at once.",
    };

    public static TypedSetting<long> BatchRows { get; } = new("drainer.batchRows", new IntegerType(1, 1_000_000))
    {
        Default = 2000,
        Effect = "Rows from which on no further upstream transaction joins a transaction of the target. A larger one goes alone: with drainer.consistency transactional none is ever split.",
    };

    public static TypedSetting<ApplyConsistency> Consistency { get; } = new("drainer.consistency", new ChoiceType<ApplyConsistency>(
        ("transactional", ApplyConsistency.Transactional), ("eventual", ApplyConsistency.Eventual)))
    {
        Default = ApplyConsistency.Transactional,
        Effect = "What readers of the target see: transactional = whole transactions in the upstream's order; eventual = rows are spread over workers that commit on their own, so parts of transactions. An SQLite target is transactional always.",
    };

    public static TypedSetting<bool> SafeMode { get; } = new("drainer.safeMode", new SwitchType())
    {
        Default = false,
        Effect = "Whether rows may be there already, or be missing: for a target that was loaded by hand and holds some of what the binlog brings. It hides differences; set it back once that is passed.",
        Original = "syncer.safe-mode",
    };

    /// <summary>Those that can be changed while a Drainer runs.</summary>
    public static IReadOnlyList<TypedSetting<long>> Tunable { get; } = [Workers, BatchTransactions, BatchRows];

    public static IReadOnlyList<Setting> All { get; } = [.. Tunable, Consistency, SafeMode];
}
