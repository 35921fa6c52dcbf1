using Binlog.Service.Configuration;
using Binlog.Service.Drainer.Collecting;
using Binlog.Service.Hosting;
using Binlog.TiDB.Records;
using Binlog.TiDB;
using Grpc.Core;

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
        var pulled = default(PulledAmount);
        ulong reached = 0;
        try
        {
            await foreach (PulledBinlog binlog in new GrpcBinlogPuller(pump.ToString(), clusterId, compress: false, memory: null).PullAsync(0, () => { }, cancellationToken))
            {
                reached = binlog.CommitTs;
                pulled = binlog.IsFake ? pulled : pulled.Add(binlog.Payload.Span);
                if (reached >= upTo)
                {
                    return pulled;
                }
            }
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

        throw new ServiceException($"The Pump at {pump} ended the pull at commit TS {reached}, before {upTo}.");
    }

    private PulledAmount Add(ReadOnlySpan<byte> payload)
    {
        ByteRange value = BinlogHeader.Parse(payload).PrewriteValue;
        return new PulledAmount(Transactions + 1, Rows + CountRows(value.Of(payload)), Bytes + payload.Length);
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
