namespace Binlog.Service.Pump.Sorting;

/// <summary>How much a sorter keeps in memory.</summary>
/// <param name="Emitted">Emitted transactions whose outcome is remembered without asking the index.</param>
/// <param name="Pending">Committed transactions that wait in memory; more are put away.</param>
internal sealed record SorterLimits(int Emitted = 1 << 16, int Pending = 1 << 16);
