using Binlog.Service.Downstream;

namespace Binlog.Service.Drainer.Applying;

/// <content>A transaction that isn't a group.</content>
internal sealed partial class ApplyPipeline
{
    /// <summary>Lends a worker for a transaction that runs alone; all groups must be durable.</summary>
    /// <param name="run">Runs it, and commits. The worker is closed when it fails.</param>
    /// <param name="cancellationToken">Ends the opening of a session.</param>
    /// <exception cref="TargetException">No session can be opened, or the transaction failed.</exception>
    public async Task<T> RunAloneAsync<T>(Func<IApplyWorker, CancellationToken, Task<T>> run, CancellationToken cancellationToken)
    {
        if (_active.Count > 0)
        {
            throw new InvalidOperationException("Groups are under way.");
        }

        ApplySlot slot = await FreeSlotAsync(cancellationToken);
        try
        {
            T result = await run(slot.Worker, _stopping.Token);
            _slots.Give(slot);
            return result;
        }
        catch
        {
            await slot.Worker.DisposeAsync();
            throw;
        }
    }
}
