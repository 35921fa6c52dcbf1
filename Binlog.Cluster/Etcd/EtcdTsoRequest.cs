namespace Binlog.Cluster.Etcd;

/// <summary>Somebody who waits for timestamps.</summary>
/// <param name="Count">How many are wanted; 0: only to know how far they are.</param>
/// <param name="Seen">The greatest timestamp that was seen elsewhere.</param>
internal sealed record EtcdTsoRequest(int Count, ulong Seen)
{
    /// <summary>The last of the timestamps, or how far they are.</summary>
    public TaskCompletionSource<ulong> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
