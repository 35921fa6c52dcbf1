namespace Binlog.Service.Drainer.Applying.Large;

/// <summary>How far a large transaction is. One writer, any number of readers.</summary>
/// <param name="commitTs">Its commit TS.</param>
/// <param name="bytes">Length of its binlog.</param>
/// <param name="since">When it was begun.</param>
internal sealed class LargeTransactionUnderWay(ulong commitTs, long bytes, DateTimeOffset since)
{
    private long _rows;
    private int _stage;
    private int _attempt = 1;

    /// <summary>Its commit TS.</summary>
    public ulong CommitTs => commitTs;

    /// <summary>Length of its binlog.</summary>
    public long Bytes => bytes;

    /// <summary>When it was begun.</summary>
    public DateTimeOffset Since => since;

    /// <summary>What is being done.</summary>
    public LargeStage Stage
    {
        get => (LargeStage)Volatile.Read(ref _stage);
        set => Volatile.Write(ref _stage, (int)value);
    }

    /// <summary>Rows executed, and seen by nobody yet; from 0 on again when it is executed anew.</summary>
    public long Rows => Interlocked.Read(ref _rows);

    /// <summary>How often it was begun, the first time included.</summary>
    public int Attempt => Volatile.Read(ref _attempt);

    /// <summary>Counts rows that were executed.</summary>
    public void AddRows(int count) => Interlocked.Add(ref _rows, count);

    /// <summary>Notes that nothing of it is executed any more.</summary>
    public void BeginAnew()
    {
        Interlocked.Exchange(ref _rows, 0);
        Volatile.Write(ref _attempt, Attempt + 1);
    }
}
