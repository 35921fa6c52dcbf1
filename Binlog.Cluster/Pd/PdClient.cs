using Binlog.Cluster.Connecting;
using Binlog.Cluster.Contracts.Meta;
using Binlog.Cluster.Timestamps;

namespace Binlog.Cluster.Pd;

/// <summary>
/// A client of PD: the cluster's ID, timestamps, regions and stores, and GC safe points. Finds the leader and follows it when it changes. Nothing
/// is connected before the first call. Thread-safe.
/// </summary>
public sealed class PdClient : IRegionSource, IGcSafePoints, IAsyncDisposable
{
    private readonly ServerChannels _channels;
    private readonly PdDirectory _directory;
    private readonly PdFailures _failures;
    private readonly PdTso _tso;
    private readonly PdRegions _regions;
    private readonly PdStores _stores;
    private readonly PdSafePoints _safePoints;
    private readonly PdCaller _caller;

    /// <summary>Prepares a client.</summary>
    /// <exception cref="ClusterException">There is no endpoint, or one can't be read.</exception>
    public PdClient(PdClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        CheckEndpoints(options.Endpoints);
        _channels = new ServerChannels(options.Tls, options.Time) { AllowsCleartext = options.AllowsCleartext };
        _failures = new PdFailures(options.Time);
        _directory = new PdDirectory(options, _channels, _failures);
        _caller = new PdCaller(_directory, _channels, options.Time, _failures);
        _tso = new PdTso(_directory, _channels, options.Time, _failures);
        _regions = new PdRegions(_caller);
        _stores = new PdStores(_caller, options.Time);
        _safePoints = new PdSafePoints(_caller);
    }

    /// <summary>PD's timestamps.</summary>
    public ITsoSource Tso => _tso;

    /// <summary>The cluster's ID.</summary>
    /// <exception cref="ClusterException">PD can't be reached (transient); or an endpoint is of another cluster than another one or than expected.</exception>
    public async ValueTask<ulong> GetClusterIdAsync(CancellationToken cancellationToken)
    {
        if (_directory.Current is { } known)
        {
            return known.ClusterId;
        }

        PdMembership members = await _caller.FindMembersAsync(cancellationToken).ConfigureAwait(false);
        return members.ClusterId;
    }

    /// <summary>What is known of PD at present; asks nobody.</summary>
    public PdStatus Describe()
    {
        PdMembership? members = _directory.Current;
        PdFailures.Failure? failure = _failures.Last;
        return new PdStatus
        {
            ClusterId = members?.ClusterId,
            LeaderUrl = members?.Leader?.ClientUrls[0],
            LeaderName = members?.Leader?.Name,
            Members = members?.Members ?? [],
            LastError = failure?.Text,
            LastErrorAt = failure?.At,
        };
    }

    /// <inheritdoc />
    public Task<GcSafePoint> UpdateServiceGcSafePointAsync(string serviceId, TimeSpan timeToLive, ulong safePoint, CancellationToken cancellationToken) =>
        _safePoints.UpdateServiceGcSafePointAsync(serviceId, timeToLive, safePoint, cancellationToken);

    /// <summary>Up to where garbage has been collected, or may be at any moment: a TSO; 0 in a cluster that never collected.</summary>
    /// <exception cref="ClusterException">PD can't be reached or refuses.</exception>
    public Task<ulong> GetGcSafePointAsync(CancellationToken cancellationToken) => _safePoints.GetAsync(cancellationToken);

    /// <inheritdoc />
    ValueTask<RegionLocation?> IRegionSource.FindRegionAsync(ReadOnlyMemory<byte> key, CancellationToken cancellationToken) => _regions.FindAsync(key, cancellationToken);

    /// <inheritdoc />
    ValueTask<Store?> IRegionSource.FindStoreAsync(ulong storeId, CancellationToken cancellationToken) => _stores.FindAsync(storeId, cancellationToken);

    /// <inheritdoc />
    void IRegionSource.ForgetStore(ulong storeId) => _stores.Forget(storeId);

    /// <summary>A region by its ID; null when PD has none at present.</summary>
    internal ValueTask<RegionLocation?> FindRegionByIdAsync(ulong regionId, CancellationToken cancellationToken) => _regions.FindByIdAsync(regionId, cancellationToken);

    /// <summary>Ends what is under way and closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        await _tso.DisposeAsync().ConfigureAwait(false);
        await _directory.DisposeAsync().ConfigureAwait(false);
        _channels.Dispose();
    }

    private static void CheckEndpoints(IReadOnlyList<string> endpoints)
    {
        if (endpoints.Count == 0)
        {
            throw new ClusterException("There is no PD endpoint; at least one client URL of PD is needed.");
        }

        foreach (string endpoint in endpoints)
        {
            if (!ServerAddress.TryParse(endpoint, out _))
            {
                throw new ClusterException($"The PD endpoint \"{endpoint}\" can't be read; expected host:port, http://host:port or https://host:port.");
            }
        }
    }
}
