using Binlog.Cluster.Contracts.Meta;
using Binlog.Cluster.Contracts.Pd;
using Google.Protobuf;

namespace Binlog.Cluster.Pd;

/// <summary>Asks PD for regions. Thread-safe.</summary>
/// <param name="caller">Calls PD.</param>
internal sealed class PdRegions(PdCaller caller)
{
    /// <summary>The region of a key in the memcomparable form; null when PD has none at present.</summary>
    public async ValueTask<RegionLocation?> FindAsync(ReadOnlyMemory<byte> key, CancellationToken cancellationToken)
    {
        ByteString copy = ByteString.CopyFrom(key.Span);
        RegionLocation? found = Read(await caller.CallAsync(
            nameof(PD.PDClient.GetRegion),
            (pd, header, options) => pd.GetRegionAsync(new GetRegionRequest { Header = header, RegionKey = copy }, options),
            response => response.Header,
            cancellationToken).ConfigureAwait(false));
        return found is null || Contains(found.Region, copy.Span)
            ? found
            : throw new ClusterException(
                $"PD was asked for the region of the key {Convert.ToHexString(copy.Span)} and answered with region {found.Region.Id}, from {Convert.ToHexString(found.Region.StartKey.Span)} to {Convert.ToHexString(found.Region.EndKey.Span)}, which doesn't contain it.",
                isTransient: true);
    }

    /// <summary>A region by its ID; null when PD has none at present.</summary>
    public async ValueTask<RegionLocation?> FindByIdAsync(ulong regionId, CancellationToken cancellationToken) => Read(await caller.CallAsync(
        nameof(PD.PDClient.GetRegionByID),
        (pd, header, options) => pd.GetRegionByIDAsync(new GetRegionByIDRequest { Header = header, RegionId = regionId }, options),
        response => response.Header,
        cancellationToken).ConfigureAwait(false));

    private static bool Contains(Region region, ReadOnlySpan<byte> key) =>
        region.StartKey.Span.SequenceCompareTo(key) <= 0 && (region.EndKey.IsEmpty || region.EndKey.Span.SequenceCompareTo(key) > 0);

    private static RegionLocation? Read(GetRegionResponse response) => response.Region switch
    {
        null or { Id: 0 } => null,
        { RegionEpoch: null } region => throw new ClusterException($"PD says of region {region.Id} no epoch, which requests to TiKV need.", isTransient: true),
        { } region => new RegionLocation(region, response.Leader is { Id: not 0 } leader ? leader : null),
    };
}
