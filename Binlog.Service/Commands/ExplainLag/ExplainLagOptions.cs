using Binlog.Service.Configuration;

namespace Binlog.Service.Commands.ExplainLag;

/// <summary>Options of <c>explain-lag</c>.</summary>
/// <param name="Drainer">A running Drainer.</param>
/// <param name="Json">Print its answer as it is.</param>
internal sealed record ExplainLagOptions(HostPort Drainer, bool Json);
