using Binlog.TiDB.Records;

namespace Binlog.TiDB.Tests.Records;

/// <summary>Bytes that come from a function.</summary>
internal sealed class PiecedBytes(int length, Action<Span<byte>, int> read) : IByteSource
{
    public int Length => length;

    public void Read(Span<byte> target, int offset) => read(target, offset);
}
