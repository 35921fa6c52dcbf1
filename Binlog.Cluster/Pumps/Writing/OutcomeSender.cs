using System.Runtime.CompilerServices;
using Binlog.Cluster.Pumps.Members;

namespace Binlog.Cluster.Pumps.Writing;

/// <summary>Repeats a binlog on one Pump until that Pump has it: outcomes belong where the prewrite is. Thread-safe.</summary>
internal sealed class OutcomeSender(PumpMembers members, PumpClientOptions options, TimeProvider time)
{
    /// <summary>Returns when the binlog is durable on the Pump.</summary>
    /// <exception cref="PumpWriteException">The Pump did not take it within <see cref="PumpClientOptions.DecisionTimeout"/>, or never will.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SendAsync(PumpNode pump, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        while (true)
        {
            try
            {
                await pump.WriteAsync(payload, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (PumpWriteException exception) when (exception.IsTransient && time.GetElapsedTime(started) < options.DecisionTimeout)
            {
                members.Failed(pump, exception);
                await Task.Delay(options.DecisionRetryDelay, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
