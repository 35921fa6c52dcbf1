using System.Buffers.Binary;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using Binlog.Grpc;
using Binlog.Service.Pump;
using Binlog.Service.Tests.Pump.Serving;
using Binlog.Service.Tests.Pump.Storage;
using Binlog.TestKit.Waiting;
using Binlog.TiDB.Contracts;
using Google.Protobuf;
using Grpc.Core;
using PumpContract = Binlog.Cluster.Contracts.Pump;

namespace Binlog.Service.Tests.Pump.Intake;

/// <summary>Requests as they come over a real connection: whole, in parts, compressed, damaged.</summary>
public sealed class MessageIntakeTests
{
    private static readonly HttpClient Http = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(3_000)]
    [InlineData(9_000)]
    [InlineData(65_400)]
    [InlineData(65_600)]
    [InlineData(1_100_000)]
    public async Task Receive_MessageOfAnySizeInPieces_StoredAsItIs(int padding)
    {
        await using RunningPump pump = await RunningPump.StartAsync(maxMessageBytes: 2 << 20);
        byte[] frame = Frame(Request(TestBinlogs.Prewrite(1, padding)));

        Assert.Equal("0", await CallAsync(pump, frame, pieces: 7));
        Assert.Equal("0", await CallAsync(pump, Frame(Request(TestBinlogs.Commit(1, 2))), pieces: 7));

        await pump.Store.ReachAsync(2);
        Assert.Equal([2ul], pump.Store.ReadAll());
        Assert.Equal(0, pump.Intake.InFlight);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100_000)]
    [InlineData(1_900_000)]
    public async Task Receive_GzipFromAClient_StoredAsItWas(int padding)
    {
        await using RunningPump pump = await RunningPump.StartAsync(maxMessageBytes: 2 << 20);
        using GrpcChannel channel = GrpcChannel.ForAddress("http://" + pump.Address, new GrpcChannelOptions { Compression = "gzip" });
        var client = new PumpContract.PumpClient(channel);

        await client.WriteBinlogAsync(new WriteBinlogReq { ClusterId = StoreDriver.ClusterId, Payload = ByteString.CopyFrom(TestBinlogs.Prewrite(1, padding)) }, cancellationToken: Cancelled);
        await client.WriteBinlogAsync(new WriteBinlogReq { ClusterId = StoreDriver.ClusterId, Payload = ByteString.CopyFrom(TestBinlogs.Commit(1, 2)) }, cancellationToken: Cancelled);

        await pump.Store.ReachAsync(2);
        Assert.Equal([2ul], pump.Store.ReadAll());
        Assert.Equal(0, pump.Intake.InFlight);
    }

    [Fact]
    public async Task Receive_GzipThatInflatesBeyondTheLimit_ResourceExhausted()
    {
        await using RunningPump pump = await RunningPump.StartAsync(maxMessageBytes: 1 << 16);
        using GrpcChannel channel = GrpcChannel.ForAddress("http://" + pump.Address, new GrpcChannelOptions { Compression = "gzip" });

        var exception = await Assert.ThrowsAsync<RpcException>(async () => await new PumpContract.PumpClient(channel).WriteBinlogAsync(
            new WriteBinlogReq { ClusterId = StoreDriver.ClusterId, Payload = ByteString.CopyFrom(TestBinlogs.Prewrite(1, padding: 1 << 20)) }, cancellationToken: Cancelled));

        Assert.Equal(StatusCode.ResourceExhausted, exception.StatusCode);
        Assert.Contains("pump.maxMessageSize", exception.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(0, pump.Intake.InFlight);
    }

    [Fact]
    public async Task Receive_LargerThanTheLimit_SaysSizeLimitAndSetting()
    {
        await using RunningPump pump = await RunningPump.StartAsync(maxMessageBytes: 1 << 16);
        byte[] payload = TestBinlogs.Prewrite(1, padding: 1 << 16);

        Status status = await pump.RefusalOfAsync(payload);

        Assert.Equal(StatusCode.ResourceExhausted, status.StatusCode);
        Assert.Contains($"received message larger than max ({Request(payload).Length} vs. 65536 bytes)", status.Detail, StringComparison.Ordinal);
        Assert.Contains("pump.maxMessageSize", status.Detail, StringComparison.Ordinal);
    }

    public static TheoryData<string, byte[], string> Malformed
    {
        get
        {
            byte[] small = Frame(Request(TestBinlogs.Prewrite(1)));
            byte[] large = Frame(Request(TestBinlogs.Prewrite(1, padding: 200_000)));
            byte[] gzip = Frame(Gzip(Request(TestBinlogs.Prewrite(1, padding: 200_000))), isCompressed: true);
            return new()
            {
                { "none", [], "13" },
                { "half a header", small[..3], "13" },
                { "half a small one", small[..^5], "13" },
                { "half a large one", large[..^5], "13" },
                { "two small ones", [.. small, .. small], "13" },
                { "two large ones", [.. large, .. large], "13" },
                { "a byte after a large one", [.. large, 0], "13" },
                { "an unknown flag", [7, .. small[1..]], "13" },
                { "gzip without its end", Frame(gzip[5..^9], isCompressed: true), "13" },
                { "gzip and something else", Frame([.. gzip[5..], 1, 2, 3, 4, 5], isCompressed: true), "13" },
                { "no gzip", Frame([.. Enumerable.Repeat((byte)9, 100)], isCompressed: true), "13" },
                { "no WriteBinlogReq", Frame([0x12, 0xff]), "3" },
            };
        }
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task Receive_Malformed_RefusedAndNothingStored(string what, byte[] body, string code)
    {
        await using RunningPump pump = await RunningPump.StartAsync();

        Assert.True(code == await CallAsync(pump, body, pieces: 3), what);

        Assert.Null(pump.Store.Blocker);
        Assert.Equal(0, pump.Intake.InFlight);
    }

    /// <summary>More than fits waits; while it does, its connection serves others.</summary>
    [Fact]
    public async Task Receive_ManyLargeMessagesOnOneConnection_AllStoredWithinTheShare()
    {
        const int Messages = 40;
        const int Padding = 300_000;
        await using RunningPump pump = await RunningPump.StartAsync(memory: new PumpMemory(LargeMessages: 1_000_000, SmallMessages: 1 << 20, Tail: 0, ReadAhead: 0, Pulls: 0));
        Task watching = WatchAsync(pump, limit: 1_000_000 + (1 << 20));

        await Task.WhenAll(Enumerable.Range(1, Messages).Select(startTs => pump.WriteAsync(TestBinlogs.Prewrite((ulong)startTs, Padding))));
        await Task.WhenAll(Enumerable.Range(1, Messages).Select(startTs => pump.WriteAsync(TestBinlogs.Commit((ulong)startTs, (ulong)(1000 + startTs)))));

        await pump.Store.ReachAsync(1000 + Messages);
        await watching;
        Assert.Equal(Messages, pump.Store.ReadAll().Count);
        Assert.Equal((0L, 0), (pump.Intake.InFlight, pump.Intake.Waiting));
    }

    /// <summary>One that stops in the middle of its message, and one that waits for it, hold up nobody with small ones; when it goes away the other is taken.</summary>
    [Fact]
    public async Task Receive_StalledLargeMessage_OthersGoOn()
    {
        await using RunningPump pump = await RunningPump.StartAsync(memory: new PumpMemory(LargeMessages: 400_000, SmallMessages: 1 << 20, Tail: 0, ReadAhead: 0, Pulls: 0));
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        byte[] frame = Frame(Request(TestBinlogs.Prewrite(1, padding: 300_000)));
        Task stalled = SendAsync(pump, new StallingContent(frame[..100_000], stall.Token), stall.Token);
        await Eventually.HoldsAsync("the stalled message has its room", () => pump.Intake.InFlight > 0, Cancelled);
        Task second = pump.WriteAsync(TestBinlogs.Prewrite(2, padding: 300_000));
        await Eventually.HoldsAsync("the second waits", () => pump.Intake.Waiting == 1, Cancelled);

        await pump.WriteAsync(TestBinlogs.Prewrite(3));
        Assert.False(second.IsCompleted);
        await stall.CancelAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => stalled);
        await second.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        await Eventually.HoldsAsync("everything was given back", () => pump.Intake.InFlight == 0, Cancelled);
    }

    private static async Task WatchAsync(RunningPump pump, long limit)
    {
        while (pump.Store.MaxSeenTs == 0)
        {
            Assert.InRange(pump.Intake.InFlight, 0, limit);
            await Task.Delay(1, Cancelled);
        }
    }

    private static byte[] Request(byte[] payload) => new WriteBinlogReq { ClusterId = StoreDriver.ClusterId, Payload = ByteString.CopyFrom(payload) }.ToByteArray();

    private static byte[] Frame(byte[] message, bool isCompressed = false)
    {
        byte[] frame = [isCompressed ? (byte)1 : (byte)0, 0, 0, 0, 0, .. message];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        return frame;
    }

    private static byte[] Gzip(byte[] plain)
    {
        var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Fastest))
        {
            gzip.Write(plain);
        }

        return buffer.ToArray();
    }

    /// <summary>Sends a request body in pieces.</summary>
    /// <returns>The value of grpc-status.</returns>
    private static async Task<string> CallAsync(RunningPump pump, byte[] body, int pieces)
    {
        using HttpResponseMessage response = await SendAsync(pump, new PiecewiseContent(body, pieces), Cancelled);
        await response.Content.ReadAsByteArrayAsync(Cancelled);
        return (response.Headers.TryGetValues("grpc-status", out IEnumerable<string>? status) ? status : response.TrailingHeaders.GetValues("grpc-status")).Single();
    }

    private static async Task<HttpResponseMessage> SendAsync(RunningPump pump, HttpContent content, CancellationToken cancellationToken)
    {
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://{pump.Address}/binlog.Pump/WriteBinlog")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        request.Headers.Add("grpc-encoding", "gzip");
        return await Http.SendAsync(request, cancellationToken);
    }

    private sealed class PiecewiseContent(byte[] body, int pieces) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            foreach (byte[] piece in body.Chunk(Math.Max(1, body.Length / pieces)))
            {
                await stream.WriteAsync(piece);
                await stream.FlushAsync();
                await Task.Yield();
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    private sealed class StallingContent(byte[] start, CancellationToken end) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(start, end);
            await stream.FlushAsync(end);
            await Task.Delay(Timeout.Infinite, end);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
