using System.Buffers;
using Binlog.Cluster.Timestamps;
using Binlog.RelayLog;
using Binlog.Service.Hosting;
using Binlog.Service.Pump.Measuring;
using Binlog.Service.Pump.Storage;
using Binlog.TiDB.Contracts;
using Binlog.TiDB.Records;
using Binlog.TiDB;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using BinlogType = Binlog.TiDB.Records.BinlogType;
using PumpContract = Binlog.Cluster.Contracts.Pump;

namespace Binlog.Service.Pump.Serving;

/// <summary>The gRPC face of a Pump, as TiDB and Drainers know it. Source of the messages' meaning: tidb-binlog pump/server.go.</summary>
internal sealed partial class PumpGrpcService(PumpStore store, DiskSpaceGuard disk, Func<bool> isOnline, ulong clusterId, ILogger logger, PumpMetrics metrics, WriteMeter writes, CancellationToken stopping) : PumpContract.PumpBase
{
    private static readonly WriteBinlogResp Written = new();

    /// <summary>More follows at once, so a message need not leave on its own.</summary>
    private static readonly WriteOptions MoreFollows = new(WriteFlags.BufferHint);

    /// <summary>Stores a binlog. The answer is sent when it is flushed.</summary>
    public override async Task<WriteBinlogResp> WriteBinlog(WriteBinlogReq request, ServerCallContext context)
    {
        CheckCluster(request.ClusterId);
        BinlogHeader header = Parse(request.Payload);
        if (!header.IsFake && disk.Refusal() is { } refusal)
        {
            // Surely not stored: a client may go on to another Pump without voiding anything here. TiDB's takes Unavailable for a lost connection.
            throw new RpcException(new Status(StatusCode.FailedPrecondition, refusal));
        }

        if (header.IsProbe)
        {
            return Written;
        }

        if (header.Type == BinlogType.Prewrite && !isOnline())
        {
            throw new RpcException(new Status(StatusCode.FailedPrecondition, "no online: this Pump takes no new transactions; write the prewrite to another Pump."));
        }

        long begun = writes.Begin();
        try
        {
            await store.WriteAsync(header, request.Payload.Memory, context.CancellationToken);
            writes.End(begun, header.StartTs, request.Payload.Length);
            return Written;
        }
        catch (RecordTooLargeException exception)
        {
            throw new RpcException(new Status(StatusCode.ResourceExhausted, exception.Message));
        }
        catch (PumpStoreException exception)
        {
            throw new RpcException(new Status(StatusCode.OutOfRange, exception.Message));
        }
        catch (RelayLogException exception)
        {
            writes.Fail();
            LogWriteFailed(exception, exception.Message);
            throw new RpcException(new Status(StatusCode.Unavailable, exception.Message));
        }
    }

    /// <summary>Sends committed transactions above a commit TS, in commit-TS order, and goes on as new ones are committed.</summary>
    public override async Task PullBinlogs(PullBinlogReq request, IServerStreamWriter<PullBinlogResp> responseStream, ServerCallContext context)
    {
        CheckCluster(request.ClusterId);
        long offset = request.StartFrom?.Offset ?? 0;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, stopping);
        try
        {
            ulong sent = (ulong)Math.Max(0, offset);
            PullCursor cursor = store.OpenCursor(sent);
            await context.WriteResponseHeadersAsync([]);
            await SendAsync(cursor, sent, responseStream, stop.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "This Pump is stopping."));
        }
        catch (CommitTsRemovedException exception)
        {
            throw new RpcException(new Status(StatusCode.OutOfRange, exception.Message));
        }
        catch (RelayLogException exception)
        {
            metrics.ReadErrors.Increment();
            LogPullFailed(exception, exception.Message);
            throw new RpcException(new Status(StatusCode.DataLoss, exception.Message));
        }
    }

    private async Task SendAsync(PullCursor cursor, ulong sent, IServerStreamWriter<PullBinlogResp> stream, CancellationToken cancellationToken)
    {
        var buffer = new ArrayBufferWriter<byte>();
        while (true)
        {
            await cursor.WaitForAdvanceAsync(sent, cancellationToken);
            ulong max = cursor.MaxCommitTs;
            while (cursor.TryRead(max, buffer, out ulong startTs, out ulong commitTs))
            {
                stream.WriteOptions = cursor.HasNext(max) ? MoreFollows : null;
                await stream.WriteAsync(Response(ByteString.CopyFrom(buffer.WrittenSpan), startTs, commitTs), cancellationToken);
                metrics.PulledBytes.Add(buffer.WrittenCount);
                buffer.ResetWrittenCount();
                sent = commitTs;
            }

            if (sent < max)
            {
                await stream.WriteAsync(Response(UnsafeByteOperations.UnsafeWrap(BinlogPayloads.Fake(max)), max, max), cancellationToken);
                sent = max;
            }
        }
    }

    private static PullBinlogResp Response(ByteString payload, ulong startTs, ulong commitTs) => new()
    {
        Entity = new Entity
        {
            Pos = new Pos(),
            Payload = payload,
            Meta = new Meta { StartTs = (long)startTs, CommitTs = (long)commitTs },
        },
    };

    private static BinlogHeader Parse(ByteString payload)
    {
        BinlogHeader header;
        try
        {
            header = BinlogHeader.Parse(payload.Span);
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

    [LoggerMessage(EventIds.PumpWriteFailed, LogLevel.Error, "A binlog could not be made durable and was not acknowledged: {Reason}")]
    private partial void LogWriteFailed(Exception exception, string reason);

    [LoggerMessage(EventIds.PumpPullFailed, LogLevel.Error, "A pull ended: {Reason}")]
    private partial void LogPullFailed(Exception exception, string reason);
}
