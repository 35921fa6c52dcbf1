namespace Binlog.Service.Downstream;

/// <summary>A statement of ours that waits in the target for another connection's lock.</summary>
/// <param name="Table">What is locked, as the target names it: <c>`db`.`table`</c>; empty when it doesn't say.</param>
/// <param name="WaitingConnection">Our connection there.</param>
/// <param name="HoldingConnection">The connection that has the lock; 0 when it isn't known.</param>
/// <param name="Holder">Who that is: <c>user@host</c>, and whether it is idle.</param>
/// <param name="WaitingFor">How long ours has waited.</param>
/// <param name="HoldingFor">How long the other's transaction is open.</param>
internal sealed record TargetWait(string Table, ulong WaitingConnection, ulong HoldingConnection, string Holder, TimeSpan WaitingFor, TimeSpan HoldingFor);
