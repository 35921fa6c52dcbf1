using System.Buffers;
using System.Buffers.Binary;
using Binlog.MySql.Protocol;

namespace Binlog.MySql.Transport;

/// <summary>Sends one small payload as one packet.</summary>
internal static class PacketSender
{
    public static async ValueTask SendAsync(ServerChannel channel, byte sequence, ReadOnlyMemory<byte> payload)
    {
        var length = ProtocolConstants.HeaderBytes + payload.Length;
        if (payload.Length >= ProtocolConstants.MaxPacketPayload)
        {
            throw new ArgumentException($"{payload.Length} bytes don't fit into a packet of the connection phase.", nameof(payload));
        }

        var packet = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            BinaryPrimitives.WriteUInt32LittleEndian(packet, (uint)payload.Length | (uint)sequence << 24);
            payload.CopyTo(packet.AsMemory(ProtocolConstants.HeaderBytes));
            await channel.WriteAsync(packet.AsMemory(0, length)).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(packet, clearArray: true);
        }
    }
}
