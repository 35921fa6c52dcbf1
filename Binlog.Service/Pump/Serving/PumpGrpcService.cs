using System.Globalization;
using Binlog.Cluster.Timestamps;
using Binlog.RelayLog;
using Binlog.Service.GrpcServer;
using Binlog.Service.Hosting;
using Binlog.Service.Pump.Intake;
using Binlog.Service.Pump.Leaving;
using Binlog.Service.Pump.Measuring;
using Binlog.Service.Pump.Reading;
using Binlog.Service.Pump.Storage;
using Binlog.Service.Pump.Storage.Indexing;
using Binlog.TiDB;
using Binlog.TiDB.Contracts;
using Binlog.TiDB.Records;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using BinlogType = Binlog.TiDB.Records.BinlogType;

namespace Binlog.Service.Pump.Serving;

/// <summary>The gRPC face of a Pump, as TiDB and Drainers know it. Source of the messages' meaning: tidb-binlog pump/server.go.</summary>
internal sealed partial class PumpGrpcService(PumpStore store, DiskSpaceGuard disk, Func<bool> isOnline, ulong clusterId, ILogger logger, PumpMetrics metrics, WriteMeter writes, TimeProvider time, CancellationToken stopping)
{
    private readonly ReportLimiter _unreadable = new(time);

    /// <summary>The methods, for the server.</summary>
    /// <param name="intake">Reads what is written to the Pump.</param>
    /// <param name="inFlight">Counts the writes.</param>
    /// <param name="pulls">Counts the pulls.</param>
    public IReadOnlyList<RawMethod> Methods(MessageIntake intake, WritesInFlight inFlight, PullLimit pulls) =>
        [new WriteBinlogMethod(this, intake, inFlight, writes), new PullBinlogsMethod(this, pulls)];

    /// <summary>Decides whether a binlog may be stored.</summary>
    /// <param name="message">A serialized WriteBinlogReq, of which the result has a part.</param>
    /// <exception cref="RpcException">It is refused.</exception>
    public AcceptedBinlog Accept(ReadOnlyMemory<byte> message)
    {
        WriteBinlogRequest request = ParseRequest(message.Span);
        CheckCluster(request.ClusterId);
        ReadOnlyMemory<byte> payload = request.Payload.Of(message);
        BinlogHeader header = Parse(payload.Span);
        bool isNew = header.IsProbe || header.Type == BinlogType.Prewrite;
        if (!isNew)
        {
            // What ends a transaction goes on to be stored: refused, it would leave the transaction undecided and hold up the order.
            disk.LetIn(payload.Length);
        }
        else if (disk.Refusal(payload.Length) is { } refusal)
        {
            // Surely not stored: a client may go on to another Pump without voiding anything here. TiDB's takes Unavailable for a lost connection.
            throw new RpcException(new Status(StatusCode.FailedPrecondition, refusal));
        }

        if (header.Type == BinlogType.Prewrite && !header.IsProbe && !isOnline())
        {
            throw new RpcException(new Status(StatusCode.FailedPrecondition, "no online: this Pump takes no new transactions; write the prewrite to another Pump."));
        }

        return new AcceptedBinlog(header, payload);
    }

    /// <summary>Stores a binlog; completes when it is flushed. What is thrown on the way is for <see cref="Refuse"/>.</summary>
    /// <remarks>Not cancelled with the call: a token for each costs more than storing a binlog that nobody waits for any more.</remarks>
    public ValueTask StoreAsync(in AcceptedBinlog binlog) => store.WriteAsync(binlog.Header, binlog.Payload, CancellationToken.None);

    /// <summary>The answer to a write that the store refused; null when it is not for the caller to know.</summary>
    public RpcException? Refuse(Exception exception)
    {
        switch (exception)
        {
            case RecordTooLargeException:
                return new RpcException(new Status(StatusCode.ResourceExhausted, exception.Message));
            case PumpStoreException:
                return new RpcException(new Status(StatusCode.OutOfRange, exception.Message));
            case IndexReadException or IndexDamagedException:
                return new RpcException(new Status(StatusCode.Unavailable, exception.Message));
            case RelayLogException:
                writes.Fail(exception);
                return new RpcException(new Status(StatusCode.Unavailable, exception.Message));
            default:
                return null;
        }
    }

    /// <summary>Sends committed transactions above a commit TS, in commit-TS order, and goes on as new ones are committed.</summary>
    public async ValueTask PullAsync(PullBinlogReq request, GrpcCallContext context)
    {
        CheckCluster(request.ClusterId);
        long offset = request.StartFrom?.Offset ?? 0;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, stopping);
        try
        {
            ulong sent = (ulong)Math.Max(0, offset);
            using PullCursor cursor = store.OpenCursor(sent);
            await context.WriteResponseHeadersAsync([]);
            await SendAsync(cursor, sent, new PullStream(context, stop.Token), stop.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "This Pump is stopping."));
        }
        catch (IndexDamagedException exception)
        {
            metrics.ReadErrors.Increment();
            throw new RpcException(new Status(StatusCode.Unavailable, exception.Message));
        }
        catch (CommitTsRemovedException exception)
        {
            throw new RpcException(new Status(StatusCode.OutOfRange, exception.Message));
        }
        catch (Exception exception) when (exception is IndexReadException or RelayLogException { IsTransient: true })
        {
            metrics.ReadErrors.Increment();
            if (_unreadable.TryReport(out long others))
            {
                // Drainers try again several times a second.
                LogPullUnreadable(exception.Message, others == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" {others} more pulls ended so since the last such line."));
            }

            throw new RpcException(new Status(StatusCode.Unavailable, exception.Message));
        }
        catch (Exception exception) when (exception is RelayLogException or IndexMismatchException)
        {
            metrics.ReadErrors.Increment();
            LogPullFailed(exception, exception.Message);
            throw new RpcException(new Status(StatusCode.DataLoss, exception.Message));
        }
    }

    private async Task SendAsync(PullCursor cursor, ulong sent, PullStream stream, CancellationToken cancellationToken)
    {
        while (true)
        {
            ValueTask advance = cursor.WaitForAdvanceAsync(sent, cancellationToken);
            if (!advance.IsCompleted)
            {
                cursor.Rest();
            }

            await advance;
            ulong max = cursor.MaxCommitTs;
            if (await stream.WriteUpToAsync(cursor, max) < max)
            {
                stream.WriteFake(max);
            }

            await stream.FlushAsync();
            metrics.PulledBytes.Add(stream.TakePayloadBytes());
            sent = max;
        }
    }

    private static WriteBinlogRequest ParseRequest(ReadOnlySpan<byte> message)
    {
        try
        {
            return WriteBinlogRequest.Parse(message);
        }
        catch (TiDBFormatException exception)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"The request is not a WriteBinlogReq: {exception.Message}"));
        }
    }

    private static BinlogHeader Parse(ReadOnlySpan<byte> payload)
    {
        BinlogHeader header;
        try
        {
            header = BinlogHeader.Parse(payload);
        }
        catch (TiDBFormatException exception)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"The payload is not a binlog: {exception.Message}"));
        }

        string? problem = header switch
        {
            { IsProbe: true } => null,
            { StartTs: 0 or > TsoLimits.Max } => $"start_ts is {header.StartTs}; expected 1 to {TsoLimits.Max}",
            { CommitTs: > TsoLimits.Max } => $"commit_ts is {header.CommitTs}; expected at most {TsoLimits.Max}",
            { Type: BinlogType.Prewrite or BinlogType.Rollback } => null,
            { Type: BinlogType.Commit } => header.CommitTs > header.StartTs ? null : $"commit_ts {header.CommitTs} of a commit is not above its start_ts {header.StartTs}",
            _ => $"the type is {(int)header.Type}; expected prewrite (0), commit (1) or rollback (2)",
        };
        return problem is null ? header : throw new RpcException(new Status(StatusCode.InvalidArgument, $"The binlog is refused: {problem}."));
    }

    private void CheckCluster(ulong requested)
    {
        if (requested != clusterId)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"cluster ID are mismatch, {requested} vs {clusterId}: the request is of another cluster than this Pump. Check cluster.id."));
        }
    }

    [LoggerMessage(EventIds.PumpPullUnreadable, LogLevel.Warning, "The Pump's store can't be read at present; pulls end, and Drainers try again: {Reason}{More}")]
    private partial void LogPullUnreadable(string reason, string more);

    [LoggerMessage(EventIds.PumpPullFailed, LogLevel.Error, "A pull ended: {Reason}")]
    private partial void LogPullFailed(Exception exception, string reason);
}
