using System.Globalization;
using Binlog.Cluster.Pumps.Writing;
using Binlog.TiDB;
using Binlog.TiDB.Records;

namespace Binlog.Cluster.Pumps;

/// <summary>A transaction that has a start TS and nothing else yet. It can be prewritten, once.</summary>
public sealed class StartedTransaction
{
    private readonly PumpClient _client;
    private readonly bool _isAgain;
    private int _isPrewritten;

    internal StartedTransaction(PumpClient client, ulong startTs, bool isAgain)
    {
        _client = client;
        StartTs = startTs;
        _isAgain = isAgain;
    }

    /// <summary>Start TS (TSO) of the transaction.</summary>
    public ulong StartTs { get; }

    /// <summary>Sends the prewrite and returns when a Pump has flushed it. Only then may the commit TS be taken: what the Pump announces as complete relies on that.</summary>
    /// <param name="payload">
    /// A serialized binlog of type prewrite with this start TS, of row changes or of a DDL job, as <see cref="BinlogPayloads"/> makes them. Not to be
    /// changed before this returns; after <see cref="PumpClient.BeginAgain"/>, before the transaction is decided.
    /// </param>
    /// <param name="cancellationToken">Ends the attempt; what a Pump may hold of the prewrite is rolled back in the background.</param>
    /// <exception cref="ArgumentException">The payload isn't such a binlog. Nothing was sent.</exception>
    /// <exception cref="InvalidOperationException">The transaction was prewritten before; every try needs a new start TS.</exception>
    /// <exception cref="BinlogTooLargeException">The binlog is longer than a message may be, here or at the Pump.</exception>
    /// <exception cref="ClusterException">No Pump took it within <see cref="PumpClientOptions.WriteTimeout"/>; the message names each Pump's answer. What a Pump may hold of it is rolled back in the background.</exception>
    public Task<PrewrittenTransaction> PrewriteAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        OutcomeTemplate outcome = Check(payload.Span);
        if (Interlocked.Exchange(ref _isPrewritten, 1) != 0)
        {
            throw new InvalidOperationException($"The transaction of start TS {StartTs} was prewritten before. A transaction that is tried again needs a new start TS.");
        }

        return _client.PrewriteAsync(new Prewrite(StartTs, payload, _isAgain), outcome, cancellationToken);
    }

    private OutcomeTemplate Check(ReadOnlySpan<byte> payload)
    {
        try
        {
            BinlogHeader header = BinlogHeader.Parse(payload);
            string? problem =
                header.Type != BinlogType.Prewrite ? $"it is of type {header.Type}"
                : header.StartTs != StartTs ? string.Create(CultureInfo.InvariantCulture, $"it has start TS {header.StartTs}")
                : header.CommitTs != 0 ? string.Create(CultureInfo.InvariantCulture, $"it has commit TS {header.CommitTs}")
                : null;
            return problem is null
                ? OutcomeTemplate.Of(payload, StartTs)
                : throw new ArgumentException($"The payload is no prewrite of start TS {StartTs} without a commit TS: {problem}.", nameof(payload));
        }
        catch (TiDBFormatException exception)
        {
            throw new ArgumentException($"The payload is no prewrite of start TS {StartTs}: {exception.Message}", nameof(payload), exception);
        }
    }
}
