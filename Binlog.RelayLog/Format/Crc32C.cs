using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Binlog.RelayLog.Format;

/// <summary>CRC-32C (Castagnoli): "123456789" gives 0xE3069283. Uses the processor's instruction where there is one.</summary>
public static class Crc32C
{
    /// <summary>Checksum of <paramref name="data"/> continued from <paramref name="seed"/>, the checksum of what precedes it (0: nothing).</summary>
    /// <remarks>Compiled with full optimisation at once: opening a log checks tens of megabytes before the runtime would do so by itself.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static uint Compute(ReadOnlySpan<byte> data, uint seed = 0)
    {
        uint crc = ~seed;
        while (data.Length >= 32)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data[8..]));
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data[16..]));
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data[24..]));
            data = data[32..];
        }

        while (data.Length >= 8)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
            data = data[8..];
        }

        foreach (byte value in data)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }
}
