namespace Binlog.Service.Drainer.Merging;

/// <content>Waiting until every Pump is known.</content>
internal sealed partial class Merger
{
    private async Task WaitForFenceAsync(CancellationToken cancellationToken)
    {
        Task opened = fence.Next;
        if (fence.IsOpen)
        {
            return;
        }

        if (!_isHeld)
        {
            LogHeld(LastTs);
            _isHeld = true;
        }

        // New sources are what the fence waits for: they are taken meanwhile.
        await Task.WhenAny(opened, _proposed.Task).WaitAsync(cancellationToken);
    }

    private void NoteReleased()
    {
        if (_isHeld)
        {
            LogReleased(LastTs);
            _isHeld = false;
        }
    }
}
