using System.Globalization;
using Binlog.Cluster.Pumps.Members;
using Binlog.Cluster.Pumps.Writing;
using Binlog.Cluster.Timestamps;
using Binlog.TiDB.Records;

namespace Binlog.Cluster.Pumps;

/// <summary>
/// Writes transactions to a cluster's Pumps as TiDB does: a prewrite to one of the available Pumps, going on to others when it fails; its commit or rollback to
/// the Pump that took the prewrite, repeated until that Pump has it. Thread-safe; one for a process is enough.
/// </summary>
/// <remarks>
/// When a Pump leaves a prewrite unanswered and another one takes it, the first may hold it too, and would wait for its
/// outcome. TiDB leaves that to the Pump, which asks TiKV after ten minutes. Here the client itself tells the first Pump, as
/// soon as it can be reached, that this copy of the prewrite is void (a rollback of the same start TS);
/// <see cref="FlushAsync"/> waits for these messages. A Pump that could not be connected to has nothing of it, and is told nothing.
/// </remarks>
public sealed class PumpClient : IAsyncDisposable
{
    private readonly PumpConnector _connector;
    private readonly PumpMembers _members;
    private readonly PumpDiscovery _discovery;
    private readonly PumpProbe _probe;
    private readonly PendingRollbacks _rollbacks;
    private readonly PrewriteSender _prewrites;
    private int _isDisposed;

    private PumpClient(ulong clusterId, PumpSource pumps, PumpClientOptions options, TimeProvider time)
    {
        _connector = new PumpConnector(clusterId, options, time);
        _members = new PumpMembers(_connector, options.MaxConsecutiveErrors);
        Outcomes = new OutcomeSender(_members, options, time);
        _rollbacks = new PendingRollbacks(Outcomes, options.CloseTimeout, time);
        _discovery = new PumpDiscovery(pumps, _members, time);
        _prewrites = new PrewriteSender(this, _members, _rollbacks, options, time);
        _probe = new PumpProbe(_members, options.ProbeInterval, time);
    }

    /// <summary>The Pumps that the client knows at the moment.</summary>
    public IReadOnlyList<PumpView> Pumps => _members.View();

    /// <summary>Why <see cref="Pumps"/> may be out of date: the registry can't be watched. Empty when nothing is wrong.</summary>
    public string DiscoveryProblem => _discovery.Problem;

    internal OutcomeSender Outcomes { get; }

    /// <summary>Opens a client, and returns when it knows a Pump that is online. Connections are opened by the first writes.</summary>
    /// <param name="clusterId">ID of the cluster; Pumps refuse another one.</param>
    /// <param name="pumps">Where the Pumps are.</param>
    /// <param name="options">Settings.</param>
    /// <param name="time">Clock for limits and pauses.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of range.</exception>
    /// <exception cref="ClusterException">No Pump is online within <see cref="PumpClientOptions.DiscoveryTimeout"/>; the message says what was found.</exception>
    public static async Task<PumpClient> OpenAsync(ulong clusterId, PumpSource pumps, PumpClientOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(pumps);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        options.Check();
        var client = new PumpClient(clusterId, pumps, options, time);
        try
        {
            await client._discovery.WaitForPumpAsync(options.DiscoveryTimeout, cancellationToken).ConfigureAwait(false);
            return client;
        }
        catch
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Begins a transaction. Nothing is sent.</summary>
    /// <param name="startTs">Start TS (TSO), taken for this transaction and for this try. Above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The start TS is impossible.</exception>
    public StartedTransaction Begin(ulong startTs) => Start(startTs, isAgain: false);

    /// <summary>
    /// Begins a transaction that may have been sent before and may be sent again, as when a recording is replayed. It differs from another one in three points:
    /// the Pump is chosen by the start TS among all, and waited for (<see cref="PumpClientOptions.RepeatPatience"/>), so that it is the one that knows the
    /// transaction; a prewrite that fails isn't rolled back; and a commit that comes too late for its Pump is looked for on the others.
    /// </summary>
    /// <param name="startTs">Start TS (TSO). Above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The start TS is impossible.</exception>
    public StartedTransaction BeginAgain(ulong startTs) => Start(startTs, isAgain: true);

    /// <summary>Waits until every Pump that may hold a void prewrite has been told so, and until what was left undecided is rolled back.</summary>
    /// <exception cref="PumpWriteException">A Pump could not be told in time, now or since this was last asked.</exception>
    public Task FlushAsync(CancellationToken cancellationToken) => _rollbacks.FlushAsync(cancellationToken);

    /// <summary>Closes the client: waits for rollbacks in the background as long as <see cref="PumpClientOptions.CloseTimeout"/> says, and cuts off everything else.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            await _probe.DisposeAsync().ConfigureAwait(false);
            await _discovery.DisposeAsync().ConfigureAwait(false);
            await _rollbacks.DisposeAsync().ConfigureAwait(false);
            _members.Close();
        }
    }

    internal Task<PrewrittenTransaction> PrewriteAsync(Prewrite prewrite, OutcomeTemplate outcome, CancellationToken cancellationToken) =>
        prewrite.Payload.Length <= _connector.MaxPayloadBytes
            ? _prewrites.SendAsync(prewrite, outcome, cancellationToken)
            : throw new BinlogTooLargeException(string.Create(
                CultureInfo.InvariantCulture,
                $"The binlog data is too large: the prewrite of start TS {prewrite.StartTs} has {prewrite.Payload.Length} bytes, and this client sends {_connector.MaxPayloadBytes} at most ({nameof(PumpClientOptions.MaxMessageBytes)}). Make the transaction smaller, or raise the limit here and on the Pumps."));

    internal PrewrittenTransaction Prewritten(Prewrite prewrite, PumpNode pump, OutcomeTemplate outcome) =>
        new(this, prewrite.StartTs, pump, outcome, prewrite.IsAgain ? new RepeatedTransaction(_members, Outcomes, prewrite.StartTs, prewrite.Payload) : null);

    internal void RollBackLater(PumpNode pump, ReadOnlyMemory<byte> rollback) => _rollbacks.Begin(pump, rollback);

    private StartedTransaction Start(ulong startTs, bool isAgain)
    {
        ArgumentOutOfRangeException.ThrowIfZero(startTs);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(startTs, TsoLimits.Max);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed) != 0, this);
        return new StartedTransaction(this, startTs, isAgain);
    }
}
