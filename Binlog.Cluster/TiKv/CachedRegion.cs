using System.Buffers;
using Binlog.Cluster.Contracts.Meta;
using Binlog.TiDB;
using Binlog.TiDB.Codec;

namespace Binlog.Cluster.TiKv;

/// <summary>A region as it is believed to be, and the peer that requests go to. Immutable.</summary>
/// <param name="Region">Bounds (memcomparable), epoch and peers.</param>
/// <param name="Target">The peer that is believed to lead.</param>
/// <param name="Failures">How many peers have been tried in vain since PD was asked.</param>
internal sealed record CachedRegion(Region Region, Peer Target, int Failures = 0)
{
    /// <summary>First key, in the memcomparable form.</summary>
    public ReadOnlySpan<byte> Start => Region.StartKey.Span;

    /// <summary>First key that isn't in it, in the memcomparable form; empty: no bound.</summary>
    public ReadOnlySpan<byte> End => Region.EndKey.Span;

    /// <summary>Whether a key in the memcomparable form lies in it.</summary>
    public bool Contains(ReadOnlySpan<byte> key) => key.SequenceCompareTo(Start) >= 0 && (End.IsEmpty || key.SequenceCompareTo(End) < 0);

    /// <summary>The raw form of <see cref="End"/>; null when there is no bound.</summary>
    /// <exception cref="ClusterException">The bound is no key of transactional data.</exception>
    public byte[]? RawEnd()
    {
        if (End.IsEmpty)
        {
            return null;
        }

        var raw = new ArrayBufferWriter<byte>(Region.EndKey.Length);
        try
        {
            int position = 0;
            ComparableCodec.ReadBytes(End, ref position, raw);
            return raw.WrittenSpan.ToArray();
        }
        catch (TiDBFormatException exception)
        {
            throw new ClusterException(
                $"Region {Region.Id} ends at {Convert.ToHexString(End)}, which is no memcomparable key: {exception.Message} The cluster's keys must be transactional ones of API V1.", exception);
        }
    }

    /// <summary>Region, epoch, and peer and store of the target, for messages.</summary>
    public override string ToString() => $"region {Region.Id} (epoch {Region.RegionEpoch?.ConfVer ?? 0}.{Region.RegionEpoch?.Version ?? 0}), peer {Target.Id} on store {Target.StoreId}";
}
