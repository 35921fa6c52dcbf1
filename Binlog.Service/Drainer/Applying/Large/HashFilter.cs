using System.Numerics;

namespace Binlog.Service.Drainer.Applying.Large;

/// <summary>A set of 64-bit hashes in fixed memory, which may say of one that isn't in it that it is, and never the reverse (a Bloom filter). Not thread-safe.</summary>
/// <param name="bytes">Its memory, a power of two, at least 8.</param>
internal sealed class HashFilter(int bytes)
{
    private readonly ulong[] _bits = new ulong[bytes / sizeof(ulong)];

    /// <summary>A fitting size for a transaction of that length: 16 MiB at most.</summary>
    public static int BytesFor(int binlogBytes) => (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(binlogBytes / 16, 64 * 1024, 16 * 1024 * 1024));

    /// <summary>Adds a hash.</summary>
    public void Add(ulong hash)
    {
        Set((uint)hash);
        Set((uint)(hash >> 32));
    }

    /// <summary>Whether a hash may have been added.</summary>
    public bool MayContain(ulong hash) => IsSet((uint)hash) && IsSet((uint)(hash >> 32));

    private void Set(uint place) => _bits[Index(place)] |= 1UL << (int)(place & 63);

    private bool IsSet(uint place) => (_bits[Index(place)] & (1UL << (int)(place & 63))) != 0;

    private int Index(uint place) => (int)(place >> 6) & (_bits.Length - 1);
}
