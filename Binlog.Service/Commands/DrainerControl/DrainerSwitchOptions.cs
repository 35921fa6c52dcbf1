using Binlog.Service.Configuration;

namespace Binlog.Service.Commands.DrainerControl;

/// <summary>Options of <c>drainer pause</c> and <c>drainer resume</c>.</summary>
/// <param name="Drainer">A running Drainer.</param>
internal sealed record DrainerSwitchOptions(HostPort Drainer);
