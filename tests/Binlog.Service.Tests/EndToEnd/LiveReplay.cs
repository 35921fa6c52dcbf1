using Binlog.Cluster.Pumps;
using Binlog.Cluster.Timestamps;
using Binlog.Service.Recordings;
using Binlog.TiDB.Records;
using Google.Protobuf;
using BinlogMessage = Binlog.TiDB.Contracts.BinlogRecord;

namespace Binlog.Service.Tests.EndToEnd;

/// <summary>
/// Sends the committed transactions of a recording as a live cluster would: with timestamps that the cluster gives out now. They commit in the recorded order, a batch
/// of them under way at a time.
/// </summary>
internal static class LiveReplay
{
    private const int Batch = 64;

    /// <summary>Sends all.</summary>
    /// <param name="recording">What is sent.</param>
    /// <param name="client">To whom.</param>
    /// <param name="tso">The cluster's timestamps.</param>
    /// <param name="pause">Between two batches.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The greatest commit TS.</returns>
    public static async Task<ulong> RunAsync(Recording recording, PumpClient client, ITsoSource tso, TimeSpan pause, CancellationToken cancellationToken)
    {
        ulong last = 0;
        foreach (ReadOnlyMemory<byte>[] batch in Committed(recording).Chunk(Batch))
        {
            last = await SendAsync(batch, client, tso, cancellationToken);
            await Task.Delay(pause, cancellationToken);
        }

        return last;
    }

    private static async Task<ulong> SendAsync(ReadOnlyMemory<byte>[] prewrites, PumpClient client, ITsoSource tso, CancellationToken cancellationToken)
    {
        ulong lastStart = await tso.NextAsync(prewrites.Length, cancellationToken);
        PrewrittenTransaction[] transactions = await Task.WhenAll(prewrites.Select((payload, index) =>
        {
            ulong startTs = lastStart - (ulong)(prewrites.Length - 1 - index);
            return client.Begin(startTs).PrewriteAsync(Restamped(payload, startTs), cancellationToken);
        }));
        ulong lastCommit = await tso.NextAsync(prewrites.Length, cancellationToken);
        await Task.WhenAll(transactions.Select((transaction, index) => transaction.CommitAsync(lastCommit - (ulong)(prewrites.Length - 1 - index), cancellationToken)));
        return lastCommit;
    }

    private static byte[] Restamped(ReadOnlyMemory<byte> payload, ulong startTs)
    {
        BinlogMessage binlog = BinlogMessage.Parser.ParseFrom(payload.Span);
        binlog.StartTs = (long)startTs;
        return binlog.ToByteArray();
    }

    /// <summary>Prewrites of what was committed, in the order of the commits.</summary>
    private static IEnumerable<ReadOnlyMemory<byte>> Committed(Recording recording)
    {
        Dictionary<ulong, ReadOnlyMemory<byte>> prewrites = recording.Binlogs.Where(binlog => binlog.Header.Type == BinlogType.Prewrite).ToDictionary(binlog => binlog.Header.StartTs, binlog => binlog.Payload);
        return recording.Binlogs.Where(binlog => binlog.Header.Type == BinlogType.Commit).OrderBy(binlog => binlog.Header.CommitTs).Select(binlog => prewrites[binlog.Header.StartTs]);
    }
}
