using Binlog.Cluster.Connecting;
using Binlog.Grpc;

namespace Binlog.Cluster.Etcd;

/// <summary>The members of etcd, of which one is asked until it fails. Thread-safe.</summary>
internal sealed class EtcdEndpoints : IDisposable
{
    private readonly IReadOnlyList<string> _addresses;
    private readonly ServerChannels _channels;
    private int _current;

    /// <summary>Prepares channels; nothing is connected yet.</summary>
    /// <exception cref="ClusterException">There is no address, or one can't be read.</exception>
    public EtcdEndpoints(EtcdClientOptions options)
    {
        _addresses = [.. options.Endpoints.Select(address => address.Trim()).Distinct(StringComparer.OrdinalIgnoreCase)];
        if (_addresses.Count == 0)
        {
            throw new ClusterException("etcd has no address; expected at least one, as host:port, http://host:port or https://host:port.");
        }

        if (_addresses.FirstOrDefault(address => !ServerAddress.TryParse(address, out _)) is { } unreadable)
        {
            throw new ClusterException($"The address of etcd \"{unreadable}\" can't be read; expected host:port, http://host:port or https://host:port.");
        }

        _channels = new ServerChannels(options.Tls, options.Time) { AllowsCleartext = options.AllowsCleartext };
    }

    /// <summary>How many there are.</summary>
    public int Count => _addresses.Count;

    /// <summary>The one to ask.</summary>
    public string Current => _addresses[Volatile.Read(ref _current)];

    /// <summary>The channel to a member.</summary>
    public GrpcChannel Channel(string address) => _channels.Get(address);

    /// <summary>A member has failed: the next one is asked from now on, unless somebody has moved on already.</summary>
    public void MoveOn(string failed)
    {
        int current = Volatile.Read(ref _current);
        if (_addresses[current] == failed)
        {
            Interlocked.CompareExchange(ref _current, (current + 1) % _addresses.Count, current);
        }
    }

    /// <inheritdoc />
    public override string ToString() => string.Join(", ", _addresses);

    /// <inheritdoc />
    public void Dispose() => _channels.Dispose();
}
