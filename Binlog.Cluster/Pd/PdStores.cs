using System.Collections.Concurrent;
using Binlog.Cluster.Contracts.Meta;
using Binlog.Cluster.Contracts.Pd;

namespace Binlog.Cluster.Pd;

/// <summary>The stores that PD was asked for, each believed for <see cref="PdLimits.StoreLifetime"/>. Thread-safe.</summary>
/// <param name="caller">Calls PD.</param>
/// <param name="time">Clock for ages.</param>
internal sealed class PdStores(PdCaller caller, TimeProvider time)
{
    private readonly ConcurrentDictionary<ulong, Known> _stores = new();

    /// <summary>A store; null when there is none, or it has been removed from the cluster for good (tombstone).</summary>
    public async ValueTask<Store?> FindAsync(ulong storeId, CancellationToken cancellationToken)
    {
        if (_stores.TryGetValue(storeId, out Known? known) && time.GetElapsedTime(known.AskedAt) < PdLimits.StoreLifetime)
        {
            return known.Store;
        }

        Store? store = await AskAsync(storeId, cancellationToken).ConfigureAwait(false);
        if (store is null)
        {
            _stores.TryRemove(storeId, out _);
            return null;
        }

        _stores[storeId] = new Known(store, time.GetTimestamp());
        return store;
    }

    /// <summary>Forgets a store that wasn't where PD said.</summary>
    public void Forget(ulong storeId) => _stores.TryRemove(storeId, out _);

    private async Task<Store?> AskAsync(ulong storeId, CancellationToken cancellationToken)
    {
        try
        {
            GetStoreResponse response = await caller.CallAsync(
                nameof(PD.PDClient.GetStore),
                (pd, header, options) => pd.GetStoreAsync(new GetStoreRequest { Header = header, StoreId = storeId }, options),
                response => response.Header,
                cancellationToken).ConfigureAwait(false);
            return response.Store switch
            {
                null or { State: StoreState.Tombstone } => null,
                { } store when store.Id != storeId => throw new ClusterException($"PD was asked for store {storeId} and answered with store {store.Id}."),
                { Address: "" } => throw new ClusterException($"PD says that store {storeId} has no address.", isTransient: true),
                { } store => store,
            };
        }
        catch (PdErrorException exception) when (exception.Error.Type is ErrorType.StoreTombstone or ErrorType.EntryNotFound || PdAnswers.IsNoSuchStore(exception.Error.Message))
        {
            return null;
        }
    }

    private sealed record Known(Store Store, long AskedAt);
}
