using System.Collections.Concurrent;
using Binlog.Grpc;

namespace Binlog.Cluster.Connecting;

/// <summary>
/// gRPC channels to a cluster's servers, one for each address. An address with a scheme says itself whether TLS is used; one without uses TLS
/// when there are TLS files. Thread-safe.
/// </summary>
/// <param name="tls">TLS files; null trusts the system's authorities and shows no certificate.</param>
/// <param name="time">Clock for deadlines.</param>
public sealed class ServerChannels(GrpcTls? tls, TimeProvider time) : IDisposable, IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<GrpcChannel>> _channels = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether servers on other machines may be reached in cleartext. Default true.</summary>
    public bool AllowsCleartext { get; init; } = true;

    /// <summary>The channel to a server.</summary>
    /// <param name="address">The address in a form that <see cref="ServerAddress.TryParse"/> reads.</param>
    /// <exception cref="ClusterException">The address can't be read, or is another machine's and would be reached in cleartext.</exception>
    public GrpcChannel Get(string address)
    {
        ServerAddress server = Parse(address);
        if (!AllowsCleartext && !IsTls(server) && !server.IsLoopback)
        {
            throw new ClusterException($"The server {server} is on another machine, and without TLS files everybody in between could read and change what goes there. Configure TLS (security.caFile, security.certFile, security.keyFile), or allow cleartext (security.allowPlainText).");
        }

        string uri = (IsTls(server) ? "https://" : "http://") + server;
        return _channels.GetOrAdd(uri, static (uri, self) => new Lazy<GrpcChannel>(() => self.Open(uri)), this).Value;
    }

    /// <summary>Whether the channel to a server uses TLS.</summary>
    /// <exception cref="ClusterException">The address can't be read.</exception>
    public bool UsesTls(string address) => IsTls(Parse(address));

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (Lazy<GrpcChannel> channel in _channels.Values.Where(channel => channel.IsValueCreated))
        {
            channel.Value.Dispose();
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private static ServerAddress Parse(string address) => ServerAddress.TryParse(address, out ServerAddress server)
        ? server
        : throw new ClusterException($"The server address \"{address}\" can't be read; expected host:port, http://host:port or https://host:port.");

    private bool IsTls(ServerAddress server) => server.IsTls ?? tls is not null;

    // TiDB's own clients ping as often: a connection that died without a word is noticed while others still wait for its server. etcd, and so PD,
    // ends connections that are pinged more than once in 5 s.
    private GrpcChannel Open(string uri) => GrpcChannel.ForAddress(
        uri, new GrpcChannelOptions { TimeProvider = time, Tls = tls, KeepAlivePingDelay = TimeSpan.FromSeconds(10), KeepAlivePingTimeout = TimeSpan.FromSeconds(5) });
}
