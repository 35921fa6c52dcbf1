using Binlog.Grpc;
using Binlog.Service.Tests.Pump.Storage;
using Binlog.TiDB.Contracts;
using Grpc.Core;
using PumpContract = Binlog.Cluster.Contracts.Pump;

namespace Binlog.Service.Tests.Pump;

/// <summary>Pulls that have begun and are not read any further.</summary>
internal sealed class StalledPulls(string address) : IDisposable
{
    private readonly GrpcChannel _channel = GrpcChannel.ForAddress("http://" + address);
    private readonly List<AsyncServerStreamingCall<PullBinlogResp>> _pulls = [];

    public int Count => _pulls.Count;

    /// <summary>Begins some more, each with one binlog.</summary>
    public async Task AddAsync(int count, CancellationToken cancellationToken)
    {
        var client = new PumpContract.PumpClient(_channel);
        for (int i = 0; i < count; i++)
        {
            AsyncServerStreamingCall<PullBinlogResp> pull = client.PullBinlogs(new PullBinlogReq { ClusterId = StoreDriver.ClusterId }, cancellationToken: cancellationToken);
            _pulls.Add(pull);
            Assert.True(await pull.ResponseStream.MoveNext(cancellationToken));
        }
    }

    public void Dispose()
    {
        _pulls.ForEach(pull => pull.Dispose());
        _channel.Dispose();
    }
}
