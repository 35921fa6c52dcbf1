namespace Binlog.Cluster.Pumps.Writing;

/// <summary>A prewrite that is to be sent.</summary>
/// <param name="StartTs">Start TS of its transaction.</param>
/// <param name="Payload">The binlog.</param>
/// <param name="IsAgain">Whether it may have been sent before: it keeps to the Pump of its start TS, and isn't rolled back when it fails.</param>
internal readonly record struct Prewrite(ulong StartTs, ReadOnlyMemory<byte> Payload, bool IsAgain);
