using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Claiming;
using Binlog.Service.Downstream.Outside;

namespace Binlog.Service.Tests.Downstream.Outside;

/// <summary>A place some of whose writes fail, before they have taken effect or after.</summary>
/// <param name="place">The place.</param>
/// <param name="fate">Asked before each write.</param>
/// <param name="failed">Told about each write that fails.</param>
internal sealed class FailingPlace(ICheckpointPlace place, Func<FailingPlace.Fate> fate, Action<OutsideCheckpoint> failed) : ICheckpointPlace
{
    public enum Fate
    {
        Done,
        NotDone,
        DoneAndUnanswered,
    }

    public string Name => place.Name;

    public Task<OutsideCheckpoint?> PeekAsync(CancellationToken cancellationToken) => place.PeekAsync(cancellationToken);

    public Task<OutsideCheckpoint?> TakeAsync(TargetClaim claim, CancellationToken cancellationToken) => place.TakeAsync(claim, cancellationToken);

    public async Task WriteAsync(OutsideCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        Fate now = fate();
        if (now != Fate.NotDone)
        {
            await place.WriteAsync(checkpoint, cancellationToken);
        }

        if (now != Fate.Done)
        {
            failed(checkpoint);
            throw new TargetException($"the place fails: {now}", isTransient: true);
        }
    }

    public Task<OriginalCheckpoint?> FindOriginalAsync(CancellationToken cancellationToken) => place.FindOriginalAsync(cancellationToken);

    public string SkipAdvice(Checkpoint to) => place.SkipAdvice(to);

    public ValueTask DisposeAsync() => place.DisposeAsync();
}
