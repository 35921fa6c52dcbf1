using System.Buffers.Binary;
using Binlog.RelayLog;
using Binlog.Service.Pump.Sorting;

namespace Binlog.Service.Pump.Storage;

/// <summary>The payload of a retention record. Layout: docs/formats/pump-store.md.</summary>
internal static class RetentionPayload
{
    private const int HeaderSize = 40;
    private const uint Version = 1;

    public static byte[] Write(OrderSnapshot snapshot)
    {
        byte[] payload = new byte[HeaderSize + (snapshot.Undecided.Count * sizeof(ulong))];
        Span<byte> target = payload;
        BinaryPrimitives.WriteUInt32LittleEndian(target, Version);
        BinaryPrimitives.WriteInt32LittleEndian(target[4..], snapshot.Undecided.Count);
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], snapshot.Limit);
        BinaryPrimitives.WriteUInt64LittleEndian(target[16..], snapshot.MaxCommitTs);
        BinaryPrimitives.WriteUInt64LittleEndian(target[24..], snapshot.UpTo.Segment);
        BinaryPrimitives.WriteInt64LittleEndian(target[32..], snapshot.UpTo.Offset);
        for (int i = 0; i < snapshot.Undecided.Count; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(target[(HeaderSize + (i * sizeof(ulong)))..], snapshot.Undecided[i]);
        }

        return payload;
    }

    /// <summary>Reads a payload.</summary>
    /// <exception cref="StoreFormatException">It is of a later version of this program, or of another program.</exception>
    public static OrderSnapshot Read(ReadOnlySpan<byte> payload, LogPosition position)
    {
        uint version = payload.Length < HeaderSize ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(payload);
        int count = payload.Length < HeaderSize ? 0 : BinaryPrimitives.ReadInt32LittleEndian(payload[4..]);
        if (version != Version || count < 0 || payload.Length - HeaderSize != (long)count * sizeof(ulong))
        {
            throw new StoreFormatException(position, $"a retention record of version {version} with {count} start TS in {payload.Length} bytes");
        }

        var undecided = new ulong[count];
        for (int i = 0; i < count; i++)
        {
            undecided[i] = BinaryPrimitives.ReadUInt64LittleEndian(payload[(HeaderSize + (i * sizeof(ulong)))..]);
        }

        return new OrderSnapshot(
            BinaryPrimitives.ReadUInt64LittleEndian(payload[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(payload[16..]),
            new LogPosition(BinaryPrimitives.ReadUInt64LittleEndian(payload[24..]), BinaryPrimitives.ReadInt64LittleEndian(payload[32..])),
            undecided);
    }
}
