namespace Binlog.Service.Downstream.Claiming;

/// <summary>Who has the target that a standby waits for.</summary>
/// <param name="Name">Who it is, for people: node ID and address, or what is known instead.</param>
/// <param name="CommitTs">The target's checkpoint; null when it could not be read.</param>
/// <param name="IsRegistered">Whether it is another Drainer of the cluster's registry.</param>
/// <param name="Problem">What keeps the standby from judging whether the holder lives; null when nothing does.</param>
internal sealed record ActiveDrainer(string Name, ulong? CommitTs, bool IsRegistered, string? Problem);
