using System;
using System.Globalization;

namespace Binlog.Admin;

/// <summary>The paths of version 1 of the admin API, relative to a host's address. IDs are escaped.</summary>
public static class AdminRoutes
{
    /// <summary>What every path begins with.</summary>
    public const string Root = "api/v1";

    /// <summary>GET: the OpenAPI document.</summary>
    public const string OpenApi = Root + "/openapi.json";

    /// <summary>GET: <see cref="Contract.ClusterView"/>.</summary>
    public const string Cluster = Root + "/cluster";

    /// <summary>GET: <see cref="Contract.HealthView"/>.</summary>
    public const string Health = Root + "/health";

    /// <summary>GET: <see cref="Contract.TsoView"/>.</summary>
    public const string Tso = Root + "/tso";

    /// <summary>GET: <see cref="Contract.SavepointView"/>.</summary>
    public const string Savepoint = Root + "/savepoint";

    /// <summary>GET, with <c>role</c> and <c>includeOffline</c>: a list of <see cref="Contract.NodeView"/>.</summary>
    public const string Nodes = Root + "/nodes";

    /// <summary>GET, with <c>since</c> (a time) and <c>limit</c>: a list of <see cref="Contract.EventView"/>, newest first.</summary>
    public const string Events = Root + "/events";

    /// <summary>GET: a list of <see cref="Contract.LagView"/>, one for each Drainer that lives.</summary>
    public const string Lag = Root + "/lag";

    /// <summary>GET: a <see cref="Contract.NodeView"/> with what only the node itself knows.</summary>
    public static string Node(string role, string nodeId) => $"{Nodes}/{Escape(role)}/{Escape(nodeId)}";

    /// <summary>POST a <see cref="Contract.ActionRequest"/>: <see cref="Contract.ActionResult"/>.</summary>
    public static string Action(string role, string nodeId, string action) => $"{Node(role, nodeId)}/actions/{Escape(action)}";

    /// <summary>PUT a <see cref="Contract.StateRequest"/>: <see cref="Contract.ActionResult"/>.</summary>
    public static string State(string role, string nodeId) => $"{Node(role, nodeId)}/state";

    /// <summary>GET, or PUT a <see cref="Contract.LogLevelRequest"/>: <see cref="Contract.LogLevelView"/>.</summary>
    public static string LogLevel(string role, string nodeId) => $"{Node(role, nodeId)}/log-level";

    /// <summary>GET: <see cref="Contract.LagView"/>.</summary>
    public static string LagOf(string drainer) => $"{Drainer(drainer)}/lag";

    /// <summary>GET: <see cref="Contract.CheckpointView"/>.</summary>
    public static string Checkpoint(string drainer) => $"{Drainer(drainer)}/checkpoint";

    /// <summary>GET: <see cref="Contract.DdlView"/>.</summary>
    public static string Ddl(string drainer) => $"{Drainer(drainer)}/ddl";

    /// <summary>POST a <see cref="Contract.ActionRequest"/>: <see cref="Contract.DdlView"/>. The choice is <c>retry</c> or <c>skip</c>.</summary>
    public static string DdlChoice(string drainer, ulong commitTs, string choice) => $"{Ddl(drainer)}/{Text(commitTs)}/{Escape(choice)}";

    /// <summary>GET: <see cref="Contract.SettingsView"/>; PUT a <see cref="Contract.SettingsRequest"/>: the same.</summary>
    public static string Settings(string drainer) => $"{Drainer(drainer)}/settings";

    /// <summary>GET: <see cref="Contract.RelayLogView"/>.</summary>
    public static string RelayLog(string drainer) => $"{Drainer(drainer)}/relay-log";

    /// <summary>POST: <see cref="Contract.RelayVerification"/>, when every byte was read.</summary>
    public static string RelayLogVerify(string drainer) => $"{RelayLog(drainer)}/verify";

    /// <summary>GET, with <c>limit</c>: <see cref="Contract.TransactionsView"/>.</summary>
    public static string Transactions(string pump) => $"{Pump(pump)}/transactions";

    /// <summary>POST a <see cref="Contract.DecisionRequest"/>: <see cref="Contract.DecisionResult"/>.</summary>
    public static string Decision(string pump, ulong startTs) => $"{Transactions(pump)}/{Text(startTs)}/decision";

    /// <summary>GET: <see cref="Contract.RetentionView"/>.</summary>
    public static string Retention(string pump) => $"{Pump(pump)}/retention";

    /// <summary>POST a <see cref="Contract.ActionRequest"/>: removes now what may go; <see cref="Contract.ActionResult"/>.</summary>
    public static string CollectGarbage(string pump) => $"{Retention(pump)}/collect";

    private static string Drainer(string nodeId) => Node(Contract.NodeRoles.Drainer, nodeId);

    private static string Pump(string nodeId) => Node(Contract.NodeRoles.Pump, nodeId);

    private static string Escape(string text) => Uri.EscapeDataString(text);

    private static string Text(ulong timestamp) => timestamp.ToString(CultureInfo.InvariantCulture);
}
