using Binlog.Cluster.Etcd;

namespace Binlog.ClusterKit.Etcd;

/// <summary>One etcd for the tests of a class; each uses keys of its own. It starts with the first test that asks for it. Thread-safe.</summary>
public sealed class SharedEtcd : IAsyncDisposable
{
    private readonly SemaphoreSlim _starting = new(1, 1);
    private EtcdServer? _server;

    /// <summary>The server. Skips the running test, or fails it under CI=true, when this machine has none.</summary>
    public async Task<EtcdServer> GetAsync(CancellationToken cancellationToken)
    {
        EtcdPrograms.Require();
        await _starting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return _server ??= await EtcdServer.StartAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _starting.Release();
        }
    }

    /// <summary>A client of the server.</summary>
    public async Task<EtcdClient> ConnectAsync(CancellationToken cancellationToken) =>
        new(new EtcdClientOptions { Endpoints = [(await GetAsync(cancellationToken).ConfigureAwait(false)).Endpoint] });

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _starting.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync().ConfigureAwait(false);
        }
    }
}
