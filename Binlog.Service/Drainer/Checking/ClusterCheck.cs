using System.Globalization;
using Binlog.Cluster;
using Binlog.Cluster.Registry;
using Binlog.Service.Configuration;
using Binlog.Service.Drainer.Collecting;
using Binlog.Service.Membership;
using Binlog.TiDB;
using Grpc.Core;

namespace Binlog.Service.Drainer.Checking;

/// <summary>Asks the registry for the Pumps, and each Pump for what comes after the commit TS at which replication would begin.</summary>
internal static class ClusterCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Opens the way to the cluster; null when this host keeps the registry itself, or, as a finding says, it can't be reached.</summary>
    /// <param name="host">The configuration.</param>
    /// <param name="time">Clock of the patience with those who don't answer.</param>
    /// <param name="findings">Where findings go.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    public static async Task<ClusterAccess?> OpenAsync(HostOptions host, TimeProvider time, FindingList findings, CancellationToken cancellationToken)
    {
        if (KeepsRegistry(host))
        {
            return null;
        }

        try
        {
            return await WithinAsync(token => ClusterAccess.OpenAsync(host, time, token), time, cancellationToken);
        }
        catch (Exception exception) when (exception is ClusterException or TimeoutException)
        {
            findings.Error("cluster", Name(host), exception.Message, Remedy(host));
            return null;
        }
    }

    /// <summary>Asks the registry, and every Pump that it knows.</summary>
    /// <param name="host">The configuration.</param>
    /// <param name="cluster">What <see cref="OpenAsync"/> gave.</param>
    /// <param name="startTs">After which commit TS the Drainer would pull; null: what is newest.</param>
    /// <param name="time">Clock of the patience with those who don't answer.</param>
    /// <param name="findings">Where findings go.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    public static async Task RunAsync(HostOptions host, ClusterAccess? cluster, ulong? startTs, TimeProvider time, FindingList findings, CancellationToken cancellationToken)
    {
        if (cluster is null)
        {
            if (KeepsRegistry(host))
            {
                findings.Note("registry", host.DataDir, "This host holds the cluster's registry itself; Pumps and other hosts join it once it runs.");
            }

            return;
        }

        IReadOnlyList<NodeStatus> pumps;
        try
        {
            pumps = await WithinAsync(token => cluster.Registry.ListAsync(NodeRole.Pump, token), time, cancellationToken);
        }
        catch (Exception exception) when (exception is ClusterException or TimeoutException)
        {
            findings.Error("registry", Name(host), exception.Message, Remedy(host));
            return;
        }

        List<NodeStatus> needed = [.. pumps.Where(pump => pump.State != NodeState.Offline)];
        if (needed.Count == 0)
        {
            findings.Warning("registry", Name(host), "It answers, but knows no Pump that isn't offline.", "Start the Pumps; the Drainer waits for the first one.");
            return;
        }

        findings.Ok("registry", Name(host), string.Create(CultureInfo.InvariantCulture, $"It answers and knows {needed.Count} Pumps that aren't offline."));
        foreach (NodeStatus pump in needed)
        {
            await CheckPumpAsync(host, cluster.ClusterId, pump, startTs ?? (ulong)pump.MaxCommitTs, time, findings, cancellationToken);
        }
    }

    private static bool KeepsRegistry(HostOptions host) => host.Cluster is { Mode: ClusterMode.Embedded, Join: null };

    private static string Name(HostOptions host) => host.Cluster.Join?.ToString() ?? string.Join(", ", host.Cluster.Endpoints);

    private static string Remedy(HostOptions host) => host.Cluster.Mode == ClusterMode.Embedded
        ? "Start the host that is named in cluster.join, or correct the address, cluster.id and security.*."
        : "Check that the servers named in cluster.endpoints run and are of this cluster, and correct cluster.* and security.*.";

    private static async Task CheckPumpAsync(HostOptions host, ulong clusterId, NodeStatus pump, ulong afterTs, TimeProvider time, FindingList findings, CancellationToken cancellationToken)
    {
        const string check = "Pump";
        string where = $"{pump.NodeId} at {pump.Host}";
        if (pump.State == NodeState.Paused)
        {
            findings.Warning(check, where, "It is paused: merging waits for what it holds until it is started again.", "Start it; or, when it will never come back, see docs/operations/node-states.md.");
            return;
        }

        string after = string.Create(CultureInfo.InvariantCulture, $"what comes after commit TS {afterTs}");
        try
        {
            await WithinAsync(token => AcceptsPullAsync(host, clusterId, pump, afterTs, token), time, cancellationToken);
            findings.Ok(check, where, $"It serves {after}.");
        }
        catch (RpcException exception) when (exception.StatusCode is StatusCode.OutOfRange)
        {
            findings.Error(check, where, $"It can't serve {after}: {exception.Status.Detail}", "Load a newer dump into the target and set drainer.initialCommitTs to its commit TS.");
        }
        catch (RpcException exception) when (exception.StatusCode is StatusCode.InvalidArgument or StatusCode.DataLoss or StatusCode.FailedPrecondition)
        {
            findings.Error(check, where, $"It refuses to serve {after}: {exception.Status.Detail}", "Look at the Pump's log and /status; check that cluster.id is the Pump's.");
        }
        catch (Exception exception) when (exception is RpcException or TiDBFormatException or TimeoutException)
        {
            findings.Error(check, where, $"It is {pump.State.ToName()} and can't be pulled: {(exception is RpcException rpc ? rpc.Status.Detail : exception.Message)}", "Start it, or open the way to its port; merging waits for every Pump that isn't offline.");
        }
    }

    private static async Task<bool> AcceptsPullAsync(HostOptions host, ulong clusterId, NodeStatus pump, ulong afterTs, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bool isAccepted = false;
        try
        {
            var puller = new GrpcBinlogPuller(pump.Host, clusterId, compress: false, memory: null, host.Security.Client);
            await foreach (PulledBinlog _ in puller.PullAsync(afterTs, Accepted, ending.Token))
            {
                break;
            }
        }
        catch (Exception exception) when (isAccepted && exception is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled })
        {
            cancellationToken.ThrowIfCancellationRequested();
        }

        return isAccepted;

        void Accepted()
        {
            isAccepted = true;
            ending.Cancel();
        }
    }

    private static async Task<T> WithinAsync<T>(Func<CancellationToken, Task<T>> ask, TimeProvider time, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await ask(either.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled } && patience.IsCancellationRequested)
        {
            throw new TimeoutException($"There was no answer for {Patience.TotalSeconds:0} s.", exception);
        }
    }
}
