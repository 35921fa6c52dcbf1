using System.Collections.Concurrent;
using Binlog.Cluster.Contracts.Pd;
using Binlog.ClusterKit.Proxying;

namespace Binlog.ClusterKit.Pd;

/// <summary>One member of a <see cref="PdDouble"/>: a gRPC server on a port of its own, with knobs.</summary>
internal sealed class PdDoubleMember : IAsyncDisposable
{
    private readonly PathProxy? _etcd;
    private readonly string _scheme;
    private GrpcHost? _host;

    private PdDoubleMember(PdDouble cluster, int index, PdDoubleOptions options)
    {
        Cluster = cluster;
        Index = index;
        ClusterId = options.ClusterId;
        _scheme = options.Tls is null ? "http" : "https";
        _etcd = options.EtcdAddress is { } etcd ? new PathProxy("/etcdserverpb.", etcd) : null;
    }

    /// <summary>The cluster that it is a member of.</summary>
    public PdDouble Cluster { get; }

    /// <summary>Its place among the members, from 0.</summary>
    public int Index { get; }

    /// <summary>Its name.</summary>
    public string Name => $"pd-{Index}";

    /// <summary>Its ID.</summary>
    public ulong Id => 100 + (ulong)Index;

    /// <summary>Where clients reach it.</summary>
    public string Url => $"{_scheme}://{Address}";

    /// <summary><c>host:port</c>.</summary>
    public string Address => _host!.Address;

    /// <summary>The client URLs that members are told of it; null: <see cref="Url"/> alone.</summary>
    public IReadOnlyList<string>? AdvertisedUrls { get; set; }

    /// <summary>The cluster that it says it belongs to.</summary>
    public ulong ClusterId { get; set; }

    /// <summary>Who it believes to be the leader, as a member that has not noticed a change; null: who is.</summary>
    public int? BelievedLeader { get; set; }

    /// <summary>How long it takes for each answer.</summary>
    public TimeSpan Latency { get; set; }

    /// <summary>A gate for answers other than to who the members are.</summary>
    public PdHold Hold { get; } = new();

    /// <summary>A gate for answers to who the members are.</summary>
    public PdHold MembersHold { get; } = new();

    /// <summary>Changes an answer with timestamps, before it is sent; null ends the stream instead, with the timestamps given out.</summary>
    public Func<TsoResponse, TsoResponse?>? Tamper { get; set; }

    /// <summary>How often each method was called, requests on a stream each.</summary>
    public ConcurrentDictionary<string, int> Calls { get; } = new();

    /// <summary>Streams of timestamps that are open.</summary>
    public int OpenStreams => Streams.Count;

    /// <summary>What ends the open streams of timestamps.</summary>
    public ConcurrentDictionary<CancellationTokenSource, bool> Streams { get; } = new();

    /// <summary>Starts a member.</summary>
    public static async Task<PdDoubleMember> StartAsync(PdDouble cluster, int index, PdDoubleOptions options)
    {
        var member = new PdDoubleMember(cluster, index, options);
        member._host = await GrpcHost.StartAsync([PD.BindService(new PdDoubleService(member))], options.Tls, first: app => member._etcd?.UseIn(app));
        return member;
    }

    /// <summary>Kills it. A leader is then none; the others elect nobody by themselves.</summary>
    public Task StopAsync() => _host!.StopAsync();

    /// <summary>Starts it again on the same port.</summary>
    public Task StartAsync() => _host!.StartAsync();

    /// <summary>Ends the open streams of timestamps, as a leader that steps down.</summary>
    public void CloseStreams()
    {
        foreach (CancellationTokenSource stream in Streams.Keys)
        {
            try
            {
                stream.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It has just ended by itself.
            }
        }
    }

    /// <summary>What members are told of it.</summary>
    public Member ToMember() => new() { Name = Name, MemberId = Id, PeerUrls = { $"{_scheme}://127.0.0.1:1" }, ClientUrls = { AdvertisedUrls ?? [Url] } };

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        Hold.Open();
        MembersHold.Open();
        await _host!.DisposeAsync();
        _etcd?.Dispose();
    }
}
