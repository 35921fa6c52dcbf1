using Binlog.Cluster.Pumps.Members;

namespace Binlog.Cluster.Pumps.Writing;

/// <summary>Repeats a binlog on one Pump until that Pump has it: outcomes belong where the prewrite is. Thread-safe.</summary>
internal sealed class OutcomeSender(PumpMembers members, PumpClientOptions options, TimeProvider time)
{
    /// <summary>Returns when the binlog is durable on the Pump.</summary>
    /// <exception cref="PumpWriteException">The Pump did not take it within <see cref="PumpClientOptions.DecisionTimeout"/>, or never will.</exception>
    public async Task SendAsync(PumpNode pump, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        PumpWriteException? failure = await pump.WriteAsync(payload, cancellationToken).ConfigureAwait(false);
        if (failure is not null)
        {
            await RepeatAsync(pump, payload, failure, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Goes on where the first try failed.</summary>
    /// <exception cref="PumpWriteException">As <see cref="SendAsync"/>.</exception>
    public async Task RepeatAsync(PumpNode pump, ReadOnlyMemory<byte> payload, PumpWriteException first, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        PumpWriteException? failure = first;
        do
        {
            members.Failed(pump, failure);
            if (!failure.IsTransient || time.GetElapsedTime(started) >= options.DecisionTimeout)
            {
                throw failure;
            }

            await Task.Delay(options.DecisionRetryDelay, time, cancellationToken).ConfigureAwait(false);
            failure = await pump.WriteAsync(payload, cancellationToken).ConfigureAwait(false);
        }
        while (failure is not null);
    }
}
