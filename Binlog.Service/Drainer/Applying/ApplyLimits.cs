namespace Binlog.Service.Drainer.Applying;

/// <summary>How many whole upstream transactions share one downstream transaction, at most. A larger one goes alone.</summary>
internal sealed record ApplyLimits
{
    /// <summary>Upstream transactions.</summary>
    public int Transactions { get; init; } = 500;

    /// <summary>Rows.</summary>
    public int Rows { get; init; } = 2000;

    /// <summary>Bytes of decoded binlogs.</summary>
    public int Bytes { get; init; } = 4 << 20;
}
