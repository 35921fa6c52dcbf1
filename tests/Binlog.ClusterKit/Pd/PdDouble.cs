using Binlog.ClusterKit.Regions;

namespace Binlog.ClusterKit.Pd;

/// <summary>
/// A PD of one to three members that speak the real service over real sockets: it checks what it is sent and answers as PD does. The first member leads
/// until a test says otherwise. Knobs may be turned from any thread.
/// </summary>
internal sealed class PdDouble : IAsyncDisposable
{
    private readonly List<PdDoubleMember> _members = [];
    private volatile PdDoubleMember? _leader;

    private PdDouble(PdDoubleOptions options)
    {
        ClusterId = options.ClusterId;
        Oracle = new PdOracle(options.Time);
        SafePoints = new PdSafePointTable(options.Time);
    }

    /// <summary>Its cluster's ID.</summary>
    public ulong ClusterId { get; }

    /// <summary>Its members.</summary>
    public IReadOnlyList<PdDoubleMember> Members => _members;

    /// <summary>The client URLs of the members.</summary>
    public IReadOnlyList<string> Endpoints => [.. _members.Select(member => member.Url)];

    /// <summary>Who leads; null during an election.</summary>
    public PdDoubleMember? Leader => _leader;

    /// <summary>Regions and stores as PD knows them. Without a store the cluster isn't bootstrapped.</summary>
    public RegionTable Regions { get; set; } = new();

    /// <summary>Its timestamps.</summary>
    public PdOracle Oracle { get; }

    /// <summary>Its GC safe points.</summary>
    public PdSafePointTable SafePoints { get; }

    /// <summary>Whether it says of a store that isn't there as versions before 7 do: by the call's status.</summary>
    public bool IsOldVersion { get; set; }

    /// <summary>Starts the members.</summary>
    public static async Task<PdDouble> StartAsync(PdDoubleOptions? options = null)
    {
        options ??= new PdDoubleOptions();
        var cluster = new PdDouble(options);
        try
        {
            for (int index = 0; index < options.Members; index++)
            {
                cluster._members.Add(await PdDoubleMember.StartAsync(cluster, index, options));
            }
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }

        cluster._leader = cluster._members[0];
        return cluster;
    }

    /// <summary>Makes another member the leader.</summary>
    /// <param name="index">Its place.</param>
    /// <param name="closesStreams">Whether the old leader ends its streams at once; otherwise it says at the next request that it doesn't lead.</param>
    public void MoveLeader(int index, bool closesStreams = false)
    {
        PdDoubleMember? old = _leader;
        _leader = _members[index];
        if (closesStreams)
        {
            old?.CloseStreams();
        }
    }

    /// <summary>Leaves the members without a leader.</summary>
    public void LoseLeader() => _leader = null;

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (PdDoubleMember member in _members)
        {
            await member.DisposeAsync();
        }
    }
}
