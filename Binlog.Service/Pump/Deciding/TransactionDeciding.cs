using Binlog.Cluster.Timestamps;
using Binlog.Service.Hosting.Http;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Pump.Deciding;

/// <summary>
/// Everything by which a Pump learns how a transaction ended that its writer says nothing about: questions to a source of outcomes when the
/// cluster has one, a watch over the order, and an operator's decisions. Runs until it is disposed.
/// </summary>
internal sealed class TransactionDeciding : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly OperatorDecisions _decisions;
    private readonly Task[] _loops;

    /// <summary>Starts watching and asking.</summary>
    /// <param name="store">The Pump's store.</param>
    /// <param name="source">Knows outcomes; null when the cluster has nobody to ask (embedded).</param>
    /// <param name="tso">The cluster's timestamps.</param>
    /// <param name="warnAfter">How long the order may wait before it is said.</param>
    /// <param name="address">The Pump's address, for messages.</param>
    /// <param name="time">Clock.</param>
    /// <param name="logger">Log of the Pump.</param>
    public TransactionDeciding(IUndecidedStore store, ITransactionFate? source, ITsoSource tso, TimeSpan warnAfter, Func<string> address, TimeProvider time, ILogger logger)
    {
        _decisions = new OperatorDecisions(store, time);
        Asking = source is null ? null : new FateLoop(store, source, tso, time, logger);
        Watch = new HeldOrderWatch(store, warnAfter, address, Asking, time, logger);
        Endpoints = new TransactionEndpoints(store, _decisions, Watch, Asking, time).All;
        _loops = Asking is null ? [Watch.RunAsync(_stopping.Token)] : [Watch.RunAsync(_stopping.Token), Asking.RunAsync(_stopping.Token)];
        Completion = Task.WhenAny(_loops).Unwrap();
    }

    /// <summary>Numbers about the held order.</summary>
    public HeldOrderWatch Watch { get; }

    /// <summary>Numbers about the questions; null when nobody is asked.</summary>
    public FateLoop? Asking { get; }

    /// <summary>What the node answers over HTTP.</summary>
    public IReadOnlyList<HttpEndpoint> Endpoints { get; }

    /// <summary>Completes, with an error, when a loop can't go on; cancelled when this is disposed.</summary>
    public Task Completion { get; }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _decisions.Dispose();
        _stopping.Dispose();
    }
}
