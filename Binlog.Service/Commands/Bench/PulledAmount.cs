using Binlog.Grpc;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;
using Binlog.TiDB;
using Binlog.TiDB.Contracts;
using Binlog.TiDB.Records;
using Grpc.Core;
using PumpContract = Binlog.Cluster.Contracts.Pump;

namespace Binlog.Service.Commands.Bench;

/// <summary>What came out of a pull, fake binlogs not counted.</summary>
/// <param name="Transactions">Committed transactions, DDL included.</param>
/// <param name="Rows">Their row changes.</param>
/// <param name="Bytes">Bytes of their binlogs as the Pump joined them.</param>
internal readonly record struct PulledAmount(long Transactions, long Rows, long Bytes)
{
    /// <summary>Pulls from the beginning until a commit TS is reached.</summary>
    /// <exception cref="ServiceException">The pull was refused or ended.</exception>
    public static async Task<PulledAmount> PullAsync(HostPort pump, ulong clusterId, ulong upTo, CancellationToken cancellationToken)
    {
        using GrpcChannel channel = GrpcChannel.ForAddress($"http://{pump}", new GrpcChannelOptions());
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var request = new PullBinlogReq { ClusterId = clusterId, StartFrom = new Pos() };
        using AsyncServerStreamingCall<PullBinlogResp> call = new PumpContract.PumpClient(channel).PullBinlogs(request, cancellationToken: ended.Token);
        var pulled = default(PulledAmount);
        try
        {
            for (ulong reached = 0; reached < upTo;)
            {
                if (!await call.ResponseStream.MoveNext(ended.Token))
                {
                    throw new ServiceException($"The Pump at {pump} ended the pull at commit TS {reached}, before {upTo}.");
                }

                pulled = pulled.Add(call.ResponseStream.Current.Entity.Payload.Span, ref reached);
            }

            await ended.CancelAsync();
            return pulled;
        }
        catch (RpcException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ServiceException($"The Pump at {pump} ended the pull after {pulled.Transactions} transactions: {exception.StatusCode}, {exception.Status.Detail.TrimEnd('.')}. Check the address and --cluster-id.", exception);
        }
        catch (RpcException exception)
        {
            throw new OperationCanceledException("The pull was cancelled.", exception, cancellationToken);
        }
        catch (TiDBFormatException exception)
        {
            throw new ServiceException($"The Pump at {pump} sent a binlog that can't be read after {pulled.Transactions} transactions: {exception.Message}", exception);
        }
    }

    private PulledAmount Add(ReadOnlySpan<byte> payload, ref ulong reached)
    {
        BinlogHeader header = BinlogHeader.Parse(payload);
        reached = Math.Max(reached, header.CommitTs);
        return header.Type == TiDB.Records.BinlogType.Commit
            ? new PulledAmount(Transactions + 1, Rows + CountRows(header.PrewriteValue.Of(payload)), Bytes + payload.Length)
            : this;
    }

    private static int CountRows(ReadOnlySpan<byte> value)
    {
        var reader = new PrewriteValueReader(value);
        int rows = 0;
        while (reader.TryReadTable(out TableMutationReader table))
        {
            rows += table.RowCount;
        }

        return rows;
    }
}
