using Binlog.RelayLog;
using Binlog.TiDB.Records;

namespace Binlog.Service.Drainer.Translating;

/// <summary>The payload of a large record as something that binlogs are read from.</summary>
internal sealed class RecordBytes(LargeRecord record) : IByteSource
{
    /// <inheritdoc/>
    public int Length => record.Length;

    /// <inheritdoc/>
    public void Read(Span<byte> target, int offset) => record.Read(target, offset);
}
