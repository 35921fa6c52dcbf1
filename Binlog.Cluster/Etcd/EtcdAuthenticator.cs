namespace Binlog.Cluster.Etcd;

/// <summary>The token that stands for user and password, fetched when it is first needed and again when it is refused. Thread-safe.</summary>
/// <param name="fetchAsync">Asks etcd for a token; the empty text when it has no authentication.</param>
internal sealed class EtcdAuthenticator(Func<CancellationToken, Task<string>> fetchAsync) : IDisposable
{
    private readonly SemaphoreSlim _fetching = new(1, 1);
    private volatile string? _token;

    /// <summary>The present token; empty when etcd has no authentication.</summary>
    /// <exception cref="ClusterException">etcd can't be reached, or refuses the user.</exception>
    public async ValueTask<string> GetAsync(CancellationToken cancellationToken)
    {
        if (_token is { } present)
        {
            return present;
        }

        await _fetching.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return _token ??= await fetchAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _fetching.Release();
        }
    }

    /// <summary>A token was refused: the next call fetches another one, unless somebody has done so.</summary>
    public void Forget(string refused)
    {
        if (_token == refused)
        {
            _token = null;
        }
    }

    /// <inheritdoc />
    public void Dispose() => _fetching.Dispose();
}
