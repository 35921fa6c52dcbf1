using System.Buffers;
using Binlog.Service.Drainer.Schema;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Records;

namespace Binlog.Service.Commands.Bench;

/// <summary>
/// Transactions of one inserted row, of a given size. The row's table is one that TiDB keeps for itself, so that a Drainer that
/// reads the Pump leaves it out.
/// </summary>
internal sealed class SizedTransactionSource : ITransactionSource
{
    /// <summary>The smallest size that can be asked for.</summary>
    public const int MinSizeBytes = 128;

    private const long TableId = SystemSchemas.MaxUserTableId + 1;
    private const long TextColumn = 1;
    private const ulong AnyTs = 1UL << 58;

    private readonly BinlogBuffers _buffers = new(TableId);
    private readonly byte[] _value;
    private readonly long _handle;

    /// <summary>Prepares one writer's transactions.</summary>
    /// <param name="sizeBytes">
    /// Size of prewrite and commit together; a length field that grows by a byte can leave a transaction up to three bytes smaller.
    /// </param>
    /// <param name="handle">The row's handle; above 0.</param>
    public SizedTransactionSource(int sizeBytes, long handle)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sizeBytes, MinSizeBytes);
        _handle = handle;
        _value = Value(handle, 0);
        int text = sizeBytes - Measure();
        do
        {
            _value = Value(handle, text--);
            SizeBytes = Measure();
        }
        while (SizeBytes > sizeBytes);
    }

    /// <summary>Size of prewrite and commit together.</summary>
    public int SizeBytes { get; }

    /// <inheritdoc />
    public ReadOnlyMemory<byte> Prewrite(ulong startTs) => _buffers.Prewrite(startTs, _handle, _value);

    /// <summary>The commit of the last prewrite, as the Pump Client sends it; valid until the next call.</summary>
    public ReadOnlyMemory<byte> Commit(ulong startTs, ulong commitTs) => _buffers.Commit(startTs, commitTs);

    private int Measure() => Prewrite(AnyTs).Length + Commit(AnyTs, AnyTs).Length;

    private static byte[] Value(long handle, int textBytes)
    {
        var text = new byte[textBytes];
        for (int at = 0; at < textBytes; at++)
        {
            text[at] = (byte)('a' + ((at + handle) % 26));
        }

        var bytes = new ArrayBufferWriter<byte>(textBytes + 64);
        var row = new RowWriter(bytes);
        row.WriteHandle(handle);
        row.WriteBytes(TextColumn, text);
        row.Complete();
        var value = new PrewriteValueWriter(schemaVersion: 0);
        value.BeginTable(TableId);
        value.AddInsert(bytes.WrittenSpan);
        bytes = new ArrayBufferWriter<byte>(textBytes + 64);
        value.WriteTo(bytes);
        return bytes.WrittenSpan.ToArray();
    }
}
