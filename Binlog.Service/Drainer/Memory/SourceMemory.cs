using Binlog.Service.Drainer.Spooling;

namespace Binlog.Service.Drainer.Memory;

/// <summary>What sources take for binlogs: memory, and files for those that don't fit.</summary>
internal sealed record SourceMemory(SourceBudget Budget, SpoolFolder Spool);
