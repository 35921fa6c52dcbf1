using Binlog.Service.Configuration;

namespace Binlog.Service.Pump.Retention;

/// <summary>What a decision about removal is made from.</summary>
internal sealed record RetentionFacts
{
    /// <summary>This machine's clock.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>The store's <see cref="IRetainedStore.OldestCommitTs"/>.</summary>
    public required ulong OldestCommitTs { get; init; }

    /// <summary>The store's <see cref="IRetainedStore.MaxCommitTs"/>.</summary>
    public required ulong MaxCommitTs { get; init; }

    /// <summary>Up to which commit TS the limit of size asks to remove; null when the store is within it.</summary>
    public ulong? SizeCommitTs { get; init; }

    /// <summary>The Drainers that need binlogs; null when the registry doesn't say.</summary>
    public IReadOnlyList<DrainerPosition>? Drainers { get; init; }

    /// <summary>Asks the store.</summary>
    public static RetentionFacts Read(IRetainedStore store, RetentionOptions options, IReadOnlyList<DrainerPosition>? drainers, DateTimeOffset now) => new()
    {
        Now = now,
        OldestCommitTs = store.OldestCommitTs,
        MaxCommitTs = store.MaxCommitTs,
        SizeCommitTs = options.SizeBytes > 0 && store.Bytes > options.SizeBytes ? store.FindCommitTsForBytes(options.SizeBytes) : null,
        Drainers = drainers,
    };
}
