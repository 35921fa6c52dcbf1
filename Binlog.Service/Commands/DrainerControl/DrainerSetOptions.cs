using Binlog.Service.Configuration;

namespace Binlog.Service.Commands.DrainerControl;

/// <summary>Options of <c>drainer set</c>.</summary>
/// <param name="Drainer">A running Drainer.</param>
/// <param name="Changes">New values by their names in <c>PUT /settings</c>; without any, what is in effect is shown.</param>
internal sealed record DrainerSetOptions(HostPort Drainer, IReadOnlyList<KeyValuePair<string, long>> Changes);
