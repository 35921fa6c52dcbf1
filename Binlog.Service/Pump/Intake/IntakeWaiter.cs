namespace Binlog.Service.Pump.Intake;

/// <summary>A large message that waits for room.</summary>
internal sealed class IntakeWaiter(long bytes) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public long Bytes => bytes;
}
