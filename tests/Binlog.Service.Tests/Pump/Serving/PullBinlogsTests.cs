using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using Binlog.Grpc;
using Binlog.Service.Tests.Pump.Storage;
using Binlog.TestKit.Waiting;
using Binlog.TiDB.Contracts;
using Binlog.TiDB.Records;
using Grpc.Core;
using PumpContract = Binlog.Cluster.Contracts.Pump;

namespace Binlog.Service.Tests.Pump.Serving;

/// <summary>Pulls of large binlogs, compressed ones, and by many at once.</summary>
public sealed class PullBinlogsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null)]
    [InlineData("gzip")]
    public async Task PullBinlogs_AllSizes_JoinedExactly(string? compression)
    {
        int[] sizes = [0, 100, 4_000, 16_000, 70_000, 131_000, 131_100, 300_000, 20, 5_000_000, 7];
        await using RunningPump pump = await RunningPump.StartAsync(maxMessageBytes: 8 << 20);
        for (int i = 0; i < sizes.Length; i++)
        {
            await pump.WriteAsync(RandomPrewrite(i, sizes[i]));
            await pump.WriteAsync(TestBinlogs.Commit(StartTs(i), StartTs(i) + 1));
        }

        using GrpcChannel channel = Connect(pump, compression);
        using AsyncServerStreamingCall<PullBinlogResp> pull = Pull(channel, 0);

        for (int i = 0; i < sizes.Length; i++)
        {
            Entity entity = await NextAsync(pull);
            var expected = new ArrayBufferWriter<byte>();
            BinlogWriter.WriteJoined(expected, RandomPrewrite(i, sizes[i]), TestBinlogs.Commit(StartTs(i), StartTs(i) + 1));
            Assert.Equal(((long)StartTs(i), (long)StartTs(i) + 1), (entity.Meta.StartTs, entity.Meta.CommitTs));
            Assert.True(entity.Payload.Span.SequenceEqual(expected.WrittenSpan), $"binlog of {sizes[i]} bytes");
        }

        await pump.WriteAsync(TestBinlogs.Fake(1000));
        Assert.True(BinlogHeader.Parse((await NextAsync(pull)).Payload.Span) is { IsFake: true, CommitTs: 1000 });
    }

    [Theory]
    [InlineData(200)]
    [InlineData(3_000_000)]
    public async Task PullBinlogs_DamagedRecord_WhatIsBeforeIsSentThenDataLoss(int size)
    {
        await using RunningPump pump = await RunningPump.StartAsync(maxMessageBytes: 8 << 20);
        await pump.Store.CommitAsync(1, 2);
        await pump.WriteAsync(RandomPrewrite(0, size));
        await pump.WriteAsync(TestBinlogs.Commit(StartTs(0), StartTs(0) + 1));
        await pump.Store.ReachAsync(StartTs(0) + 1);
        pump.DamageStore(RandomPrewrite(0, size).AsSpan(size / 2, 50));

        using AsyncServerStreamingCall<PullBinlogResp> pull = pump.Pull(0);
        Assert.Equal(2, (await NextAsync(pull)).Meta.CommitTs);
        var exception = await Assert.ThrowsAsync<RpcException>(() => NextAsync(pull));

        Assert.Equal(StatusCode.DataLoss, exception.StatusCode);
        Assert.Contains("checksum", exception.Status.Detail, StringComparison.Ordinal);
    }

    /// <summary>Some don't read at all, some read the past, and one waits at the end: it gets what is new, and writers are not held up.</summary>
    [Fact]
    public async Task PullBinlogs_ManyPullersFromDifferentPlaces_EachGetsItsPart()
    {
        const int Transactions = 400;
        const int Pullers = 50;
        await using RunningPump pump = await RunningPump.StartAsync();
        for (ulong i = 1; i <= Transactions; i++)
        {
            await pump.WriteAsync(TestBinlogs.Prewrite(10 * i, padding: 20_000));
            await pump.WriteAsync(TestBinlogs.Commit(10 * i, (10 * i) + 1));
        }

        using GrpcChannel idle = Connect(pump, null);
        AsyncServerStreamingCall<PullBinlogResp>[] stuck = [.. Enumerable.Range(0, 10).Select(_ => Pull(idle, 0))];
        Task<Metadata>[] begun = [.. stuck.Select(pull => pull.ResponseHeadersAsync)];
        await Task.WhenAll(begun);
        using AsyncServerStreamingCall<PullBinlogResp> tail = pump.Pull((10 * Transactions) + 1);
        Task<long>[] counting = [.. Enumerable.Range(0, Pullers).Select(i => CountAsync(pump, (10 * i * Transactions / Pullers) + 1, (10 * Transactions) + 6))];

        await pump.Store.CommitAsync((10 * Transactions) + 5, (10 * Transactions) + 6);

        Assert.Equal((10 * Transactions) + 6, (await NextAsync(tail)).Meta.CommitTs);
        long[] counts = await Task.WhenAll(counting);
        Assert.Equal(Enumerable.Range(0, Pullers).Select(i => (long)(Transactions - (i * Transactions / Pullers) + 1)), counts);

        // One that rested that long goes on where it was.
        Assert.Equal(11, (await NextAsync(stuck[0])).Meta.CommitTs);
        foreach (AsyncServerStreamingCall<PullBinlogResp> pull in stuck)
        {
            pull.Dispose();
        }
    }

    [Fact]
    public async Task PullBinlogs_MoreThanTheLimit_RefusedUntilOneEnds()
    {
        await using RunningPump pump = await RunningPump.StartAsync(maxPulls: 2);
        await pump.Store.CommitAsync(1, 2);
        using AsyncServerStreamingCall<PullBinlogResp> first = pump.Pull(0);
        using AsyncServerStreamingCall<PullBinlogResp> second = pump.Pull(0);
        await NextAsync(first);
        await NextAsync(second);

        using (AsyncServerStreamingCall<PullBinlogResp> third = pump.Pull(0))
        {
            var exception = await Assert.ThrowsAsync<RpcException>(() => third.ResponseStream.MoveNext(Cancelled));
            Assert.Equal(StatusCode.ResourceExhausted, exception.StatusCode);
            Assert.Contains("2 pulls run on this Pump already", exception.Status.Detail, StringComparison.Ordinal);
            Assert.Contains("pump.memoryLimit", exception.Status.Detail, StringComparison.Ordinal);
        }

        first.Dispose();
        await Eventually.HoldsAsync("another is let in", async () =>
        {
            using AsyncServerStreamingCall<PullBinlogResp> next = pump.Pull(0);
            try
            {
                return (await NextAsync(next)).Meta.CommitTs == 2;
            }
            catch (RpcException exception) when (exception.StatusCode == StatusCode.ResourceExhausted)
            {
                return false;
            }
        }, Cancelled);
        await pump.Store.CommitAsync(3, 4);
        Assert.Equal(4, (await NextAsync(second)).Meta.CommitTs);
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(400_000)]
    public async Task PullBinlogs_CallerThatCompresses_GetsItCompressed(int size)
    {
        await using RunningPump pump = await RunningPump.StartAsync();
        await pump.WriteAsync(TestBinlogs.Prewrite(1, padding: size));
        await pump.WriteAsync(TestBinlogs.Commit(1, 2));
        using var http = new HttpClient();
        using var content = new ByteArrayContent([0, 0, 0, 0, 2, 8, (byte)StoreDriver.ClusterId]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://{pump.Address}/binlog.Pump/PullBinlogs")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        request.Headers.Add("grpc-encoding", "gzip");
        request.Headers.Add("grpc-accept-encoding", "identity,gzip");

        using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancelled);
        await using Stream body = await response.Content.ReadAsStreamAsync(Cancelled);
        byte[] header = new byte[5];
        await body.ReadExactlyAsync(header, Cancelled);
        byte[] message = new byte[BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(1))];
        await body.ReadExactlyAsync(message, Cancelled);

        Assert.Equal("gzip", response.Headers.GetValues("grpc-encoding").Single());
        Assert.Equal(1, header[0]);
        Assert.InRange(message.Length, 1, size / 4);
        await using var gzip = new GZipStream(new MemoryStream(message), CompressionMode.Decompress);
        Assert.Equal(2, PullBinlogResp.Parser.ParseFrom(gzip).Entity.Meta.CommitTs);
    }

    private static ulong StartTs(int index) => 10 + (3 * (ulong)index);

    private static byte[] RandomPrewrite(int index, int size)
    {
        byte[] value = new byte[size];
        new Random(index).NextBytes(value);
        var writer = new ArrayBufferWriter<byte>();
        BinlogWriter.WritePrewrite(writer, StartTs(index), TestBinlogs.Key, value);
        return writer.WrittenSpan.ToArray();
    }

    private static GrpcChannel Connect(RunningPump pump, string? compression) =>
        GrpcChannel.ForAddress("http://" + pump.Address, new GrpcChannelOptions { Compression = compression });

    private static AsyncServerStreamingCall<PullBinlogResp> Pull(GrpcChannel channel, long afterCommitTs) => new PumpContract.PumpClient(channel).PullBinlogs(
        new PullBinlogReq { ClusterId = StoreDriver.ClusterId, StartFrom = new Pos { Offset = afterCommitTs } }, cancellationToken: Cancelled);

    private static async Task<long> CountAsync(RunningPump pump, long afterCommitTs, long untilCommitTs)
    {
        using AsyncServerStreamingCall<PullBinlogResp> pull = pump.Pull(afterCommitTs);
        long count = 0;
        long last = afterCommitTs;
        while (last < untilCommitTs)
        {
            Entity entity = await NextAsync(pull);
            Assert.True(entity.Meta.CommitTs > last);
            last = entity.Meta.CommitTs;
            count += BinlogHeader.Parse(entity.Payload.Span).IsFake ? 0 : 1;
        }

        return count;
    }

    private static async Task<Entity> NextAsync(AsyncServerStreamingCall<PullBinlogResp> pull)
    {
        Assert.True(await pull.ResponseStream.MoveNext(Cancelled).WaitAsync(Patience, Cancelled));
        return pull.ResponseStream.Current.Entity;
    }
}
