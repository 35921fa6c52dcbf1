using System.IO.Pipelines;

namespace Binlog.Service.Pump.Intake;

/// <summary>The one message of a request, and what must be given back when it has been dealt with.</summary>
/// <param name="Message">Its bytes, valid until <see cref="Release"/>.</param>
/// <param name="Budget">Where its bytes are counted.</param>
/// <param name="Counted">How many are.</param>
/// <param name="Buffer">Memory that it was copied to; null when it lies in the request's pipe.</param>
/// <param name="Pipe">The pipe that it lies in; null when it was copied.</param>
/// <param name="End">Its end in the pipe.</param>
internal readonly record struct ReceivedMessage(ReadOnlyMemory<byte> Message, IntakeBudget Budget, long Counted, MessageBuffer? Buffer, PipeReader? Pipe, SequencePosition End)
{
    /// <summary>Gives everything back. Once.</summary>
    public void Release()
    {
        Pipe?.AdvanceTo(End);
        Buffer?.Dispose();
        if (Counted > MessageIntake.InPlaceBytes)
        {
            Budget.ReleaseLarge(Counted);
        }
        else
        {
            Budget.ReleaseSmall((int)Counted);
        }
    }
}
