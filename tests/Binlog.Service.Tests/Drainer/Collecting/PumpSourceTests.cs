using Binlog.Service.Drainer;
using Binlog.Service.Drainer.Collecting;
using Binlog.TiDB;
using Binlog.TiDB.Records;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Drainer.Collecting;

public sealed class PumpSourceTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private readonly FakePump _pump = new();
    private readonly InstantTimeProvider _time = new();

    [Fact]
    public async Task Pull_StartsAfterWhatIsKnown_KeepsOrder()
    {
        _pump.Send(FakePump.Transaction(5), FakePump.Transaction(10), FakePump.Fake(12), FakePump.Transaction(15));
        await using PumpSource source = Source(after: 5);

        Assert.Equal([10UL, 12UL, 15UL], await ReadAsync(source, 3));
        Assert.Equal([5UL], _pump.Pulls);
    }

    [Fact]
    public async Task Pull_StreamBreaks_GoesOnAfterTheLastBinlog()
    {
        _pump.Send(FakePump.Transaction(10), FakePump.Transaction(20)).EndStream(Error(StatusCode.Unavailable, "gone"));
        await using PumpSource source = Source(after: 0);
        Assert.Equal([10UL, 20UL], await ReadAsync(source, 2));
        _pump.Send(FakePump.Transaction(30)).EndStream(null);
        Assert.Equal([30UL], await ReadAsync(source, 1));
        _pump.Send(FakePump.Transaction(40)).EndStream(new IOException("odd"));
        Assert.Equal([40UL], await ReadAsync(source, 1));
        _pump.Send(FakePump.Transaction(50));
        Assert.Equal([50UL], await ReadAsync(source, 1));

        Assert.Equal(0UL, _pump.Pulls.First());
        Assert.Contains(20UL, _pump.Pulls);
        Assert.Equal(_pump.Pulls.Order(), _pump.Pulls);
        Assert.Equal(50UL, source.LastTs);
    }

    [Fact]
    public async Task Pull_PumpAway_SaysWhyUntilItIsBack()
    {
        _pump.Refusal = Error(StatusCode.Unavailable, "connection refused");
        await using PumpSource source = Source(after: 0);
        while (source.Failure is null)
        {
            await Task.Yield();
        }

        Assert.Equal("Unavailable: connection refused", source.Failure);
        _pump.Refusal = null;
        while (source.Failure is not null)
        {
            await Task.Yield();
        }

        _pump.Send(FakePump.Transaction(10));
        Assert.Equal([10UL], await ReadAsync(source, 1));
    }

    [Theory]
    [InlineData(StatusCode.OutOfRange)]
    [InlineData(StatusCode.InvalidArgument)]
    [InlineData(StatusCode.DataLoss)]
    public async Task Pull_Refused_EndsWithTheReasonAfterWhatCameBefore(StatusCode status)
    {
        _pump.Send(FakePump.Transaction(10)).EndStream(Error(status, "everything up to 99 has been removed"));
        await using PumpSource source = Source(after: 3);

        Assert.Equal([10UL], await ReadAsync(source, 1));
        DrainerException error = await Assert.ThrowsAsync<DrainerException>(() => source.Queue.WaitToReadAsync(Token).AsTask());
        Assert.Contains("p1 at host:8250", error.Message, StringComparison.Ordinal);
        Assert.Contains("after commit TS 10", error.Message, StringComparison.Ordinal);
        Assert.Contains("everything up to 99 has been removed", error.Message, StringComparison.Ordinal);
        Assert.Single(_pump.Pulls);
    }

    [Fact]
    public async Task Pull_NotABinlog_EndsWithTheReason()
    {
        TiDBFormatException damage = Assert.Throws<TiDBFormatException>(() => BinlogHeader.Parse([0xff, 0xff]));
        _pump.EndStream(damage);
        await using PumpSource source = Source(after: 3);

        DrainerException error = await Assert.ThrowsAsync<DrainerException>(() => source.Queue.WaitToReadAsync(Token).AsTask());
        Assert.Contains("not a binlog after commit TS 3", error.Message, StringComparison.Ordinal);
        Assert.Same(damage, error.InnerException);
    }

    [Fact]
    public async Task Dispose_QueueFull_Ends()
    {
        _pump.Send(FakePump.Transaction(1, bytes: 3000), FakePump.Transaction(2, bytes: 3000));
        PumpSource source = Source(after: 0);
        Assert.True(await source.Queue.WaitToReadAsync(Token));

        await source.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(1), Token);

        Assert.Equal([1UL], await ReadAsync(source, 1));
        Assert.False(source.Queue.TryRead(out _));
    }

    private static RpcException Error(StatusCode code, string detail) => new(new Status(code, detail));

    private static async Task<List<ulong>> ReadAsync(PumpSource source, int count)
    {
        var read = new List<ulong>();
        while (read.Count < count)
        {
            if (source.Queue.TryRead(out PulledBinlog binlog))
            {
                read.Add(binlog.CommitTs);
            }
            else
            {
                Assert.True(await source.Queue.WaitToReadAsync(Token));
            }
        }

        return read;
    }

    private PumpSource Source(ulong after) => new("p1", "host:8250", _pump, after, TestMemory.Create(4096, "/nonexistent/spool"), _time, NullLogger.Instance);
}
