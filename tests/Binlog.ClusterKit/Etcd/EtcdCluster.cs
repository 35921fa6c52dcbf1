namespace Binlog.ClusterKit.Etcd;

/// <summary>A private etcd of three members.</summary>
public sealed class EtcdCluster : IAsyncDisposable
{
    private EtcdCluster(IReadOnlyList<EtcdServer> members) => Members = members;

    /// <summary>The members.</summary>
    public IReadOnlyList<EtcdServer> Members { get; }

    /// <summary>Their client addresses.</summary>
    public IReadOnlyList<string> Endpoints => [.. Members.Select(member => member.Endpoint)];

    /// <summary>Starts three members and waits until all of them are well.</summary>
    public static async Task<EtcdCluster> StartAsync(CancellationToken cancellationToken = default)
    {
        var options = new EtcdServerOptions();
        var cluster = new EtcdCluster([.. Enumerable.Range(1, 3).Select(number => new EtcdServer(options, $"m{number}"))]);
        try
        {
            string initial = string.Join(',', cluster.Members.Select(member => $"{member.Name}={member.PeerUrl}"));
            foreach (EtcdServer member in cluster.Members)
            {
                member.Launch(initial);
            }

            foreach (EtcdServer member in cluster.Members)
            {
                await member.WaitUntilWellAsync(cancellationToken).ConfigureAwait(false);
            }

            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The member that leads now, as the given one sees it.</summary>
    public async Task<EtcdServer> FindLeaderAsync(EtcdServer asked, CancellationToken cancellationToken)
    {
        string leader = (await asked.Gateway.StatusAsync(cancellationToken).ConfigureAwait(false)).Leader;
        foreach (EtcdServer member in Members)
        {
            if ((await member.Gateway.StatusAsync(cancellationToken).ConfigureAwait(false)).Member == leader)
            {
                return member;
            }
        }

        throw new InvalidOperationException($"No member is the leader {leader}.");
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (EtcdServer member in Members)
        {
            await member.DisposeAsync().ConfigureAwait(false);
        }
    }
}
