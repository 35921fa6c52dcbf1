using Binlog.Service.Downstream;

namespace Binlog.Service.Drainer.Applying;

/// <content>A transaction that isn't a group.</content>
internal sealed partial class ApplyPipeline
{
    /// <inheritdoc/>
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
            await _slots.GiveAsync(slot, active: 0);
            return result;
        }
        catch
        {
            await slot.Worker.DisposeAsync();
            throw;
        }
    }
}
