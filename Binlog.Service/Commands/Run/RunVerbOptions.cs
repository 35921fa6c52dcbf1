using Binlog.Service.Configuration;

namespace Binlog.Service.Commands.Run;

/// <summary>What <c>run</c> runs.</summary>
/// <param name="Host">The checked configuration.</param>
internal sealed record RunVerbOptions(HostOptions Host);
