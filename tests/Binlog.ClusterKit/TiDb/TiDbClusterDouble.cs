using Binlog.ClusterKit.Etcd;
using Binlog.ClusterKit.Pd;
using Binlog.ClusterKit.Regions;
using Binlog.ClusterKit.TiKv;

namespace Binlog.ClusterKit.TiDb;

/// <summary>A TiDB cluster as PD and TiKV show it: three PD members before a real etcd, and two stores, which hold what a recorded cluster held.</summary>
internal sealed class TiDbClusterDouble : IAsyncDisposable
{
    private bool _isDisposed;

    private TiDbClusterDouble(EtcdServer etcd, PdDouble pd, TiKvDouble tiKv) => (Etcd, Pd, TiKv) = (etcd, pd, tiKv);

    /// <summary>The etcd that is in PD.</summary>
    public EtcdServer Etcd { get; }

    public PdDouble Pd { get; }

    public TiKvDouble TiKv { get; }

    /// <summary>Starts it.</summary>
    /// <param name="clusterId">The cluster's ID.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public static async Task<TiDbClusterDouble> StartAsync(ulong clusterId, CancellationToken cancellationToken)
    {
        EtcdServer etcd = await EtcdServer.StartAsync(null, cancellationToken);
        var regions = new RegionTable();
        var tiKv = new TiKvDouble(regions);
        await tiKv.AddStoreAsync();
        await tiKv.AddStoreAsync();
        var options = new PdDoubleOptions { Members = 3, ClusterId = clusterId, EtcdAddress = $"127.0.0.1:{etcd.Port}" };
        PdDouble pd = await PdDouble.StartAsync(options);
        pd.Regions = regions;
        return new TiDbClusterDouble(etcd, pd, tiKv);
    }

    /// <summary>Arguments by which a <c>binlogd</c> finds it.</summary>
    public string[] Membership => ["--cluster:mode=pd", $"--cluster:endpoints={string.Join(',', Pd.Endpoints)}"];

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        await Pd.DisposeAsync();
        await TiKv.DisposeAsync();
        await Etcd.DisposeAsync();
    }
}
