namespace Binlog.Service.Drainer.Applying.Eventual;

/// <summary>Rows of a group that one worker applies.</summary>
/// <param name="Group">The group.</param>
/// <param name="First">Index of the first row.</param>
/// <param name="Count">How many, at least one.</param>
internal readonly record struct Part(DividedGroup Group, int First, int Count);
