using Binlog.Service.Signals;

namespace Binlog.Service.Drainer.Merging;

/// <summary>
/// Keeps the merge from passing a Pump that started without telling this Drainer. A new Pump tells every Drainer that the registry has as
/// alive; so what a Drainer has in hand while it surely holds its lease is older than all that an unknown Pump can take. Once the lease may
/// have been broken the merge waits, until the registry has heard the Drainer again and was then asked which Pumps there are. Thread-safe.
/// </summary>
/// <param name="term">Number of the unbroken span of time during which the registry has this Drainer as alive, and new Pumps tell it of themselves; null when it may not.</param>
internal sealed class MergeFence(Func<long?> term)
{
    private readonly AdvanceSignal _looked = new();
    private long _lookedIn;

    /// <summary>Whether what is in hand when this is read may go out, however late it does.</summary>
    public bool IsOpen => term() is { } present && present == Interlocked.Read(ref _lookedIn);

    /// <summary>Completes when the merge may be open again. A waiter takes the task first, then looks, then awaits.</summary>
    public Task Next => _looked.Next;

    /// <summary>To be called before the registry is asked for the Pumps: a Pump that enters itself later finds this Drainer alive, in the term that is returned.</summary>
    public long? BeginLook() => term();

    /// <summary>To be called when the merge has all Pumps that the registry named.</summary>
    /// <param name="begunIn">What <see cref="BeginLook"/> returned; null proves nothing.</param>
    public void EndLook(long? begunIn)
    {
        if (begunIn is { } looked)
        {
            Interlocked.Exchange(ref _lookedIn, looked);
            _looked.Pulse();
        }
    }
}
