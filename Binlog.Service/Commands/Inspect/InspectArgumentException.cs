using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.Inspect;

/// <summary>The directory that was given isn't one that can be inspected.</summary>
internal sealed class InspectArgumentException(string message) : ServiceException(message, Hosting.ExitCode.Usage, null);
