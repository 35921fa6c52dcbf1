using Binlog.Service.Downstream.MySql;

namespace Binlog.Service.Downstream.Outside;

/// <summary>What is known outside of a target about how far it is. docs/formats/outside-checkpoint.md describes its two forms.</summary>
internal sealed record OutsideCheckpoint
{
    /// <summary>Version of both forms that this code reads and writes.</summary>
    public const int FormatVersion = 1;

    /// <summary>The upstream cluster.</summary>
    public required ulong ClusterId { get; init; }

    /// <summary>The target that it is about, for people.</summary>
    public required string Target { get; init; }

    /// <summary>Number of the opening that wrote it.</summary>
    public required ulong Epoch { get; init; }

    /// <summary>Who that was.</summary>
    public required string Holder { get; init; }

    /// <summary>Everything up to here is applied.</summary>
    public required Checkpoint Checkpoint { get; init; }

    /// <summary>What comes after the checkpoint up to this commit TS may be applied already; not above it when nothing is in doubt.</summary>
    public ulong InDoubtUpTo { get; init; }

    /// <summary>Whether what is in doubt was to be one transaction of the target: then it is applied as a whole or not at all.</summary>
    public bool IsInDoubtAsAWhole { get; init; }

    /// <summary>A schema change that was begun.</summary>
    public DdlIntent? Intent { get; init; }

    /// <summary>Its statement, for people.</summary>
    public string? Statement { get; init; }
}
