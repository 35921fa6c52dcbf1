using System.Buffers;
using System.Globalization;
using System.Text.RegularExpressions;
using Binlog.Grpc;
using Binlog.Service.Tests.Hosting;
using Binlog.Service.Tests.Pump.Storage;
using Binlog.TestKit.Capabilities;
using Binlog.TiDB.Contracts;
using Binlog.TiDB.Records;
using Google.Protobuf;
using Grpc.Core;
using PumpContract = Binlog.Cluster.Contracts.Pump;

namespace Binlog.Service.Tests.Pump;

/// <summary>
/// The most memory that a Pump process takes while large binlogs go in and out, and as many pulls as it lets in are not read. With
/// BINLOG_LONG=1 the default limit and binlogs of 100 MB, otherwise 96 MiB and binlogs of 20 MB: all of them together
/// are more than what the test allows.
/// </summary>
public sealed partial class MemoryTests(ITestOutputHelper output) : IDisposable
{
    private const int Binlogs = 9;

    /// <summary>As long as a record can be that isn't streamed.</summary>
    private const int SmallBytes = 100_000;

    private const int Pulling = 2;

    private readonly TemporaryDirectory _directory = new();
    private long _commitTs = 10_000;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static int LimitMebibytes => LongRun.IsOn ? 256 : 96;

    private static int BinlogBytes => LongRun.IsOn ? 100_000_000 : 20_000_000;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Pump_LargeBinlogsWrittenAndPulledBesidePullsThatAreNotRead_StaysWithinItsLimit()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Peak memory is read from /proc.");
        (BinlogdProcess process, string address) = await BinlogdProcess.StartPumpAsync(
            _directory.Path,
            more: [string.Create(CultureInfo.InvariantCulture, $"--pump:memoryLimit={LimitMebibytes}MiB"), string.Create(CultureInfo.InvariantCulture, $"--pump:maxMessageSize={(LongRun.IsOn ? 128 : 32)}MiB")]);
        await using (process)
        {
            long atStart = PeakBytes(process.Id);
            using GrpcChannel channel = GrpcChannel.ForAddress("http://" + address);
            var client = new PumpContract.PumpClient(channel);
            byte[] small = new byte[SmallBytes];
            new Random(2).NextBytes(small);
            await Task.WhenAll(Enumerable.Range(1, 100).Select(i => WriteAsync(client, (ulong)i, small)));
            using var stalled = new StalledPulls(address);
            await stalled.AddAsync((LimitMebibytes / 4) - Pulling, Cancelled);
            Task<int>[] pulling = [.. Enumerable.Range(0, Pulling).Select(i => PullAsync(address, compress: i == 1))];
            byte[] padding = new byte[BinlogBytes];
            new Random(1).NextBytes(padding);
            await Task.WhenAll(Enumerable.Range(1, Binlogs).Select(i => WriteAsync(client, 1000 + (ulong)i, padding)));

            Assert.All(await Task.WhenAll(pulling), count => Assert.Equal(Binlogs, count));
            long peak = PeakBytes(process.Id);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Binlogs} binlogs of {BinlogBytes} bytes and {stalled.Count} pulls that are not read: peak {peak >> 20} MiB, {atStart >> 20} MiB of it at the start."));
            Assert.InRange(peak, 0, (LimitMebibytes + 64L) << 20);
            Assert.True((long)Binlogs * BinlogBytes > (LimitMebibytes + 64L) << 20, "A Pump that keeps all of them fits the limit, so this test says nothing.");
        }
    }

    /// <summary>The commit TS is taken when the prewrite is stored, as TiDB does: later ones are above whatever has been announced.</summary>
    private async Task WriteAsync(PumpContract.PumpClient client, ulong startTs, byte[] padding)
    {
        var request = new WriteBinlogReq { ClusterId = StoreDriver.ClusterId, Payload = UnsafeByteOperations.UnsafeWrap(Prewrite(startTs, padding)) };
        await client.WriteBinlogAsync(request, cancellationToken: Cancelled);
        var commit = new WriteBinlogReq { ClusterId = StoreDriver.ClusterId, Payload = ByteString.CopyFrom(TestBinlogs.Commit(startTs, (ulong)Interlocked.Increment(ref _commitTs))) };
        await client.WriteBinlogAsync(commit, cancellationToken: Cancelled);
    }

    private static byte[] Prewrite(ulong startTs, byte[] value)
    {
        var writer = new ArrayBufferWriter<byte>(value.Length + 100);
        BinlogWriter.WritePrewrite(writer, startTs, TestBinlogs.Key, value);
        return writer.WrittenSpan.ToArray();
    }

    private static async Task<int> PullAsync(string address, bool compress)
    {
        using GrpcChannel channel = GrpcChannel.ForAddress("http://" + address, new GrpcChannelOptions { Compression = compress ? "gzip" : null });
        using AsyncServerStreamingCall<PullBinlogResp> pull = new PumpContract.PumpClient(channel).PullBinlogs(new PullBinlogReq { ClusterId = StoreDriver.ClusterId }, cancellationToken: Cancelled);
        int count = 0;
        while (count < Binlogs && await pull.ResponseStream.MoveNext(Cancelled))
        {
            count += pull.ResponseStream.Current.Entity.Payload.Length > BinlogBytes ? 1 : 0;
        }

        return count;
    }

    private static long PeakBytes(int processId)
    {
        string status = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/status"));
        return long.Parse(Peak().Match(status).Groups[1].ValueSpan, CultureInfo.InvariantCulture) * 1024;
    }

    [GeneratedRegex(@"VmHWM:\s+(\d+) kB")]
    private static partial Regex Peak();
}
