namespace Binlog.Service.Pump.Retention;

/// <summary>A Drainer, and what it means for the Pump's space.</summary>
/// <param name="Drainer">Who, and how far.</param>
/// <param name="Lag">How far it is behind this Pump's max commit TS, by the timestamps; null when it has not said its position.</param>
/// <param name="HeldBackBytes">About how many bytes would be removed without it. Under <c>delete</c> nothing is held back: bytes that it will miss.</param>
/// <param name="IsTooLate">Its position is below what this Pump still has: it can't go on.</param>
/// <param name="IsEndangered">It will soon miss binlogs: its position is near the limits, and <c>pump.retention.drainers</c> is <c>delete</c>.</param>
internal sealed record DrainerLag(DrainerPosition Drainer, TimeSpan? Lag, long HeldBackBytes, bool IsTooLate, bool IsEndangered);
