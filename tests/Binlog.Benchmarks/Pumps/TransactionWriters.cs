using Binlog.Cluster.Contracts;
using Binlog.Cluster.Pumps;
using Binlog.Grpc;
using Binlog.Service.Commands.Bench;
using Binlog.TiDB.Contracts;
using Google.Protobuf;

namespace Binlog.Benchmarks.Pumps;

/// <summary>Writers of the same transactions, by the Pump Client and by raw calls of protoc's stub, each waiting for its acknowledgements.</summary>
internal sealed class TransactionWriters : IAsyncDisposable
{
    private const ulong ClusterId = 1;
    private static readonly TimeSpan CallTimeout = new PumpClientOptions().CallTimeout;

    private readonly SizedTransactionSource[] _sources;
    private readonly GrpcChannel _channel;
    private readonly Pump.PumpClient _stub;
    private readonly PumpClient _client;
    private ulong _tso = 1UL << 58;

    private TransactionWriters(GrpcChannel channel, PumpClient client, int writers, int bytes)
    {
        _channel = channel;
        _stub = new Pump.PumpClient(channel);
        _client = client;
        _sources = [.. Enumerable.Range(1, writers).Select(writer => new SizedTransactionSource(bytes, writer))];
    }

    public static async Task<TransactionWriters> OpenAsync(string address, int writers, int bytes) => new(
        GrpcChannel.ForPeer(address, new GrpcChannelOptions()),
        await PumpClient.OpenAsync(ClusterId, PumpSource.Addresses(address), new PumpClientOptions(), TimeProvider.System, CancellationToken.None),
        writers,
        bytes);

    /// <summary>By the client.</summary>
    public Task WriteByClientAsync(int transactions) => RunAsync(transactions, async source =>
    {
        ulong startTs = Interlocked.Increment(ref _tso);
        PrewrittenTransaction transaction = await _client.Begin(startTs).PrewriteAsync(source.Prewrite(startTs), CancellationToken.None);
        await transaction.CommitAsync(Interlocked.Increment(ref _tso), CancellationToken.None);
    });

    /// <summary>By raw calls.</summary>
    /// <param name="transactions">How many.</param>
    /// <param name="hasDeadline">Whether calls have a time limit, as the client's have.</param>
    public Task WriteRawAsync(int transactions, bool hasDeadline) => RunAsync(transactions, async source =>
    {
        ulong startTs = Interlocked.Increment(ref _tso);
        await _stub.WriteBinlogAsync(RequestOf(source.Prewrite(startTs)), deadline: Deadline(hasDeadline));
        await _stub.WriteBinlogAsync(RequestOf(source.Commit(startTs, Interlocked.Increment(ref _tso))), deadline: Deadline(hasDeadline));
    });

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        _channel.Dispose();
    }

    private static WriteBinlogReq RequestOf(ReadOnlyMemory<byte> payload) => new() { ClusterId = ClusterId, Payload = UnsafeByteOperations.UnsafeWrap(payload) };

    private static DateTime? Deadline(bool hasDeadline) => hasDeadline ? DateTime.UtcNow + CallTimeout : null;

    private Task RunAsync(int transactions, Func<SizedTransactionSource, Task> writeOne) => Task.WhenAll(_sources.Select(source => Task.Run(async () =>
    {
        for (int number = 0; number < transactions / _sources.Length; number++)
        {
            await writeOne(source);
        }
    })));
}
