using System.Runtime.CompilerServices;
using Binlog.Grpc;
using Binlog.Service.Drainer.Collecting;
using Binlog.Service.Tests.Pump.Storage;
using Binlog.TiDB.Contracts;
using Google.Protobuf;
using Grpc.Core;
using PumpContract = Binlog.Cluster.Contracts.Pump;

namespace Binlog.Service.Tests.Pump.Serving;

/// <summary>Plain calls to a Pump of the tests' cluster.</summary>
internal sealed class PumpConnection : IDisposable
{
    private readonly GrpcChannel _channel;
    private readonly GrpcBinlogPuller _puller;

    public PumpConnection(string address)
    {
        _channel = GrpcChannel.ForAddress(address.Contains("://", StringComparison.Ordinal) ? address : "http://" + address);
        _puller = new GrpcBinlogPuller(address, StoreDriver.ClusterId, compress: false, memory: null);
    }

    public async Task WriteAsync(byte[] payload)
    {
        using AsyncUnaryCall<WriteBinlogResp> call = new PumpContract.PumpClient(_channel).WriteBinlogAsync(
            new WriteBinlogReq { ClusterId = StoreDriver.ClusterId, Payload = ByteString.CopyFrom(payload) }, cancellationToken: TestContext.Current.CancellationToken);
        await call.ResponseAsync;
    }

    /// <summary>Everything after a commit TS, fakes included, until the Pump ends it.</summary>
    public async IAsyncEnumerable<(ulong StartTs, ulong CommitTs)> PullAsync(ulong afterCommitTs, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (PulledBinlog binlog in _puller.PullAsync(afterCommitTs, () => { }, cancellationToken))
        {
            yield return (binlog.StartTs, binlog.CommitTs);
        }
    }

    public void Dispose() => _channel.Dispose();
}
