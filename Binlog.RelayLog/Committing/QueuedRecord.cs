namespace Binlog.RelayLog.Committing;

/// <summary>A record on its way to the file, with the checksum that the appender's thread computed.</summary>
internal readonly record struct QueuedRecord(RecordTag Tag, ReadOnlyMemory<byte> Payload, uint PayloadChecksum, IPayloadSource? Source = null)
{
    public int PayloadLength => Source?.Length ?? Payload.Length;
}
