namespace Binlog.RelayLog;

/// <summary>A record's payload is larger than <see cref="SegmentedLogOptions.MaxRecordBytes"/>.</summary>
public sealed class RecordTooLargeException : RelayLogException
{
    internal RecordTooLargeException(string where, long bytes, int maxBytes)
        : base($"{where}: a record of {bytes} bytes is larger than the limit of {maxBytes} bytes (MaxRecordBytes).")
    {
        Bytes = bytes;
        MaxBytes = maxBytes;
    }

    /// <summary>The payload's size.</summary>
    public long Bytes { get; }

    /// <summary>The limit.</summary>
    public int MaxBytes { get; }
}
