using System;
using System.Collections.Generic;
using System.Globalization;
using System.Net.Http;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Binlog.Admin.Contract;

namespace Binlog.Admin;

/// <summary>
/// A client of one host, which answers for the whole cluster. Thread-safe. Every method throws <see cref="AdminException"/> when the host
/// refuses or can't be reached, and <see cref="OperationCanceledException"/> when its token is cancelled.
/// </summary>
public sealed class AdminClient : IDisposable
{
    private readonly AdminTransport _transport;

    /// <summary>A client; nothing is sent yet.</summary>
    public AdminClient(AdminClientOptions options)
    {
        Address = options.Address;
        _transport = new AdminTransport(options);
    }

    /// <summary>The host.</summary>
    public Uri Address { get; }

    /// <inheritdoc />
    public void Dispose() => _transport.Dispose();

    /// <summary>The cluster and its nodes.</summary>
    public Task<ClusterView> GetClusterAsync(CancellationToken cancellationToken) => GetAsync<ClusterView>(AdminRoutes.Cluster, cancellationToken);

    /// <summary>Looks at everything.</summary>
    public Task<HealthView> GetHealthAsync(CancellationToken cancellationToken) => GetAsync<HealthView>(AdminRoutes.Health, cancellationToken);

    /// <summary>Registered nodes, ordered by role and ID.</summary>
    /// <param name="role">One of <see cref="NodeRoles"/>; null: both.</param>
    /// <param name="includeOffline">Also those that have left.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<IReadOnlyList<NodeView>> GetNodesAsync(string? role, bool includeOffline, CancellationToken cancellationToken)
    {
        string query = $"?includeOffline={(includeOffline ? "true" : "false")}" + (role is null ? "" : $"&role={Uri.EscapeDataString(role)}");
        return await GetAsync<List<NodeView>>(AdminRoutes.Nodes + query, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A node, with what only it knows.</summary>
    public Task<NodeView> GetNodeAsync(string role, string nodeId, CancellationToken cancellationToken) => GetAsync<NodeView>(AdminRoutes.Node(role, nodeId), cancellationToken);

    /// <summary>Asks a running node for one of <see cref="NodeActions"/>. The answer comes at once; what was begun goes on.</summary>
    public Task<ActionResult> ActAsync(string role, string nodeId, string action, string? reason, CancellationToken cancellationToken) =>
        SendAsync<ActionRequest, ActionResult>(HttpMethod.Post, AdminRoutes.Action(role, nodeId, action), new ActionRequest { Reason = reason }, cancellationToken);

    /// <summary>Sets the state of a node whose process is gone: <c>paused</c> or <c>offline</c>.</summary>
    public Task<ActionResult> SetStateAsync(string role, string nodeId, string state, string? reason, CancellationToken cancellationToken) =>
        SendAsync<StateRequest, ActionResult>(HttpMethod.Put, AdminRoutes.State(role, nodeId), new StateRequest { State = state, Reason = reason }, cancellationToken);

    /// <summary>A new timestamp of the cluster.</summary>
    public Task<TsoView> GetTsoAsync(CancellationToken cancellationToken) => GetAsync<TsoView>(AdminRoutes.Tso, cancellationToken);

    /// <summary>A new savepoint.</summary>
    public Task<SavepointView> GetSavepointAsync(CancellationToken cancellationToken) => GetAsync<SavepointView>(AdminRoutes.Savepoint, cancellationToken);

    /// <summary>How far every Drainer that lives is behind.</summary>
    public async Task<IReadOnlyList<LagView>> GetLagAsync(CancellationToken cancellationToken) => await GetAsync<List<LagView>>(AdminRoutes.Lag, cancellationToken).ConfigureAwait(false);

    /// <summary>How far a Drainer is behind.</summary>
    public Task<LagView> GetLagAsync(string drainer, CancellationToken cancellationToken) => GetAsync<LagView>(AdminRoutes.LagOf(drainer), cancellationToken);

    /// <summary>Where a Drainer's target is.</summary>
    public Task<CheckpointView> GetCheckpointAsync(string drainer, CancellationToken cancellationToken) => GetAsync<CheckpointView>(AdminRoutes.Checkpoint(drainer), cancellationToken);

    /// <summary>Schema changes of a Drainer.</summary>
    public Task<DdlView> GetDdlAsync(string drainer, CancellationToken cancellationToken) => GetAsync<DdlView>(AdminRoutes.Ddl(drainer), cancellationToken);

    /// <summary>Chooses what becomes of a schema change that the target refused: <c>retry</c> or <c>skip</c>.</summary>
    public Task<DdlView> ResolveDdlAsync(string drainer, ulong commitTs, string choice, string? reason, CancellationToken cancellationToken) =>
        SendAsync<ActionRequest, DdlView>(HttpMethod.Post, AdminRoutes.DdlChoice(drainer, commitTs, choice), new ActionRequest { Reason = reason }, cancellationToken);

    /// <summary>Settings of a Drainer that can be changed while it runs.</summary>
    public Task<SettingsView> GetSettingsAsync(string drainer, CancellationToken cancellationToken) => GetAsync<SettingsView>(AdminRoutes.Settings(drainer), cancellationToken);

    /// <summary>Changes settings until the next start, all of them or none.</summary>
    public Task<SettingsView> SetSettingsAsync(string drainer, SettingsRequest request, CancellationToken cancellationToken) =>
        SendAsync<SettingsRequest, SettingsView>(HttpMethod.Put, AdminRoutes.Settings(drainer), request, cancellationToken);

    /// <summary>The files of a relay log.</summary>
    public Task<RelayLogView> GetRelayLogAsync(string drainer, CancellationToken cancellationToken) => GetAsync<RelayLogView>(AdminRoutes.RelayLog(drainer), cancellationToken);

    /// <summary>Has a Drainer look at every checksum of its relay log, which may take minutes.</summary>
    public Task<RelayVerification> VerifyRelayLogAsync(string drainer, CancellationToken cancellationToken) =>
        _transport.SendAsync<RelayVerification>(HttpMethod.Post, AdminRoutes.RelayLogVerify(drainer), AdminJson.Write(new ActionRequest()), isLong: true, cancellationToken);

    /// <summary>Transactions that a Pump has no outcome of.</summary>
    /// <param name="pump">The Pump.</param>
    /// <param name="limit">At most so many of them, 0 to 10000.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<TransactionsView> GetTransactionsAsync(string pump, int limit, CancellationToken cancellationToken) =>
        GetAsync<TransactionsView>($"{AdminRoutes.Transactions(pump)}?limit={limit.ToString(CultureInfo.InvariantCulture)}", cancellationToken);

    /// <summary>Says how a transaction ended.</summary>
    public Task<DecisionResult> DecideTransactionAsync(string pump, ulong startTs, ulong? commitTs, string reason, CancellationToken cancellationToken) =>
        SendAsync<DecisionRequest, DecisionResult>(HttpMethod.Post, AdminRoutes.Decision(pump, startTs), new DecisionRequest { CommitTs = commitTs, Reason = reason }, cancellationToken);

    /// <summary>What a Pump keeps.</summary>
    public Task<RetentionView> GetRetentionAsync(string pump, CancellationToken cancellationToken) => GetAsync<RetentionView>(AdminRoutes.Retention(pump), cancellationToken);

    /// <summary>Has a Pump remove now what may go.</summary>
    public Task<ActionResult> CollectGarbageAsync(string pump, string? reason, CancellationToken cancellationToken) =>
        SendAsync<ActionRequest, ActionResult>(HttpMethod.Post, AdminRoutes.CollectGarbage(pump), new ActionRequest { Reason = reason }, cancellationToken);

    /// <summary>What a node's process writes to its log.</summary>
    public Task<LogLevelView> GetLogLevelAsync(string role, string nodeId, CancellationToken cancellationToken) => GetAsync<LogLevelView>(AdminRoutes.LogLevel(role, nodeId), cancellationToken);

    /// <summary>Changes what a node's process writes to its log.</summary>
    public Task<LogLevelView> SetLogLevelAsync(string role, string nodeId, LogLevelRequest request, CancellationToken cancellationToken) =>
        SendAsync<LogLevelRequest, LogLevelView>(HttpMethod.Put, AdminRoutes.LogLevel(role, nodeId), request, cancellationToken);

    /// <summary>Who did what when, newest first, from the journals of all nodes that live.</summary>
    /// <param name="since">Only later ones, UTC; null: all that is kept.</param>
    /// <param name="limit">At most so many, 1 to 10000.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<IReadOnlyList<EventView>> GetEventsAsync(DateTime? since, int limit, CancellationToken cancellationToken)
    {
        string query = $"?limit={limit.ToString(CultureInfo.InvariantCulture)}"
            + (since is { } time ? $"&since={Uri.EscapeDataString(time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture))}" : "");
        return await GetAsync<List<EventView>>(AdminRoutes.Events + query, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The OpenAPI document of the host, as text.</summary>
    public async Task<string> GetOpenApiAsync(CancellationToken cancellationToken) =>
        Encoding.UTF8.GetString(await _transport.SendAsync(HttpMethod.Get, AdminRoutes.OpenApi, null, isLong: false, cancellationToken).ConfigureAwait(false));

    private Task<T> GetAsync<T>(string path, CancellationToken cancellationToken)
        where T : class
        => _transport.SendAsync<T>(HttpMethod.Get, path, null, isLong: false, cancellationToken);

    private Task<TAnswer> SendAsync<TRequest, TAnswer>(HttpMethod method, string path, TRequest request, CancellationToken cancellationToken)
        where TRequest : class
        where TAnswer : class
        => _transport.SendAsync<TAnswer>(method, path, AdminJson.Write(request), isLong: false, cancellationToken);
}
