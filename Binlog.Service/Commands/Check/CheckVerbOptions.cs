using Binlog.Service.Configuration;

namespace Binlog.Service.Commands.Check;

/// <summary>What <c>check</c> checks.</summary>
/// <param name="Host">The checked configuration.</param>
/// <param name="Drainer">Its Drainer.</param>
/// <param name="Json">Print one JSON object.</param>
internal sealed record CheckVerbOptions(HostOptions Host, DrainerOptions Drainer, bool Json);
