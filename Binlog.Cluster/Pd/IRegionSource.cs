using Binlog.Cluster.Contracts.Meta;

namespace Binlog.Cluster.Pd;

/// <summary>Knows which region a key lies in and where its stores are: PD. Answers may be out of date; the store then says so. Thread-safe.</summary>
internal interface IRegionSource
{
    /// <summary>The region of a key.</summary>
    /// <param name="key">The key as PD has it: memcomparable, <c>EncodeBytes(rawKey)</c>.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The region; null when PD has none for the key at present.</returns>
    /// <exception cref="ClusterException">PD can't be reached or refuses.</exception>
    ValueTask<RegionLocation?> FindRegionAsync(ReadOnlyMemory<byte> key, CancellationToken cancellationToken);

    /// <summary>A store; null when there is none with this ID, or it was removed from the cluster for good. May be remembered for half a minute.</summary>
    /// <exception cref="ClusterException">PD can't be reached or refuses.</exception>
    ValueTask<Store?> FindStoreAsync(ulong storeId, CancellationToken cancellationToken);

    /// <summary>Says that a store wasn't reached at its address: the next <see cref="FindStoreAsync"/> asks PD again.</summary>
    void ForgetStore(ulong storeId)
    {
    }
}
