namespace Binlog.MySql;

/// <summary>The server's answers to the statements of a pipeline, in their order.</summary>
/// <remarks>Belongs to the pipeline and is overwritten by its next execution.</remarks>
public sealed class PipelineResult
{
    private MySqlOk[] _results = new MySqlOk[16];

    internal PipelineResult()
    {
    }

    /// <summary>Number of statements answered.</summary>
    public int Count { get; private set; }

    /// <summary>Answer to a statement; default for one that failed.</summary>
    public MySqlOk this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            return _results[index];
        }
    }

    /// <summary>Index of the first statement that failed, or -1.</summary>
    public int FailedIndex { get; private set; } = -1;

    /// <summary>The error of the first statement that failed, or null.</summary>
    public MySqlException? Error { get; private set; }

    /// <summary>Sum of the affected rows of the statements that succeeded.</summary>
    public long TotalAffected { get; private set; }

    /// <summary>Sum of the warnings of the statements that succeeded.</summary>
    public long TotalWarnings { get; private set; }

    /// <exception cref="MySqlException">A statement failed: the first one's error.</exception>
    public void ThrowIfFailed()
    {
        if (Error is not null)
        {
            throw Error;
        }
    }

    internal void Clear()
    {
        Count = 0;
        FailedIndex = -1;
        Error = null;
        TotalAffected = 0;
        TotalWarnings = 0;
    }

    internal void Add(MySqlOk ok)
    {
        if (Count == _results.Length)
        {
            Array.Resize(ref _results, Count * 2);
        }

        _results[Count++] = ok;
        TotalAffected += ok.AffectedRows;
        TotalWarnings += ok.Warnings;
    }

    internal void AddFailure(MySqlException error)
    {
        if (FailedIndex < 0)
        {
            FailedIndex = Count;
            Error = error;
        }

        Add(default);
    }
}
