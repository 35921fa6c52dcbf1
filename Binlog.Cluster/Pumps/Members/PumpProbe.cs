namespace Binlog.Cluster.Pumps.Members;

/// <summary>Asks the Pumps that are online and unavailable, at an interval, whether they take transactions again: a binlog without content.</summary>
internal sealed class PumpProbe : IAsyncDisposable
{
    private readonly PumpMembers _members;
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _running;

    public PumpProbe(PumpMembers members, TimeSpan interval, TimeProvider time)
    {
        _members = members;
        _running = RunAsync(interval, time, _closing.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _closing.Dispose();
    }

    private async Task RunAsync(TimeSpan interval, TimeProvider time, CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(interval, time, cancellationToken).ConfigureAwait(false);
            await Task.WhenAll(_members.Online.Where(node => !node.IsAvailable).Select(node => ProbeAsync(node, cancellationToken))).ConfigureAwait(false);
        }
    }

    private async Task ProbeAsync(PumpNode node, CancellationToken cancellationToken)
    {
        if (await node.WriteAsync(ReadOnlyMemory<byte>.Empty, cancellationToken).ConfigureAwait(false) is { } failure)
        {
            _members.Failed(node, failure);
        }
        else
        {
            _members.Succeeded(node);
        }
    }
}
