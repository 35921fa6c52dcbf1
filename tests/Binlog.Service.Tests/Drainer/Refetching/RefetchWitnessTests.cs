using Binlog.Service.Drainer;
using Binlog.Service.Drainer.Merging;
using Binlog.Service.Drainer.Refetching;
using Binlog.Service.Drainer.Relaying;
using Binlog.Service.Tests.Commands.Inspect;
using Binlog.Service.Tests.Drainer.Relaying;
using Binlog.Service.Tests.Drainer.Schema;
using Binlog.Service.Tests.Pump.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Drainer.Refetching;

/// <summary>A log with transactions 101, 103, 105 and so on up to 139 and watermarks between them, moved aside.</summary>
public sealed class RefetchWitnessTests : IDisposable
{
    private const ulong Last = 140;

    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private static readonly DateTimeOffset Now = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    private readonly RelayFolder _folder = new();
    private readonly RecordingLogger _logger = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Move_ClosedLog_IsWholeBesideItsPlace()
    {
        await FillAsync();

        RelayAside aside = RelayAside.Move(_folder.Path, Last, Now);

        Assert.Equal($"{_folder.Path}-damaged-20260304T050607Z-140", aside.Directory);
        Assert.False(Directory.Exists(_folder.Path));
        Assert.Equal(Last, InspectRun.Records(aside.Directory)[^1].Tag.CommitTs);
        Assert.Equal(aside, RelayAside.Find(_folder.Path));
    }

    [Fact]
    public async Task Find_Several_TakesTheOneThatGoesFurthest()
    {
        await FillAsync();
        RelayAside aside = RelayAside.Move(_folder.Path, Last, Now);
        Directory.CreateDirectory($"{_folder.Path}-damaged-20270304T050607Z-99");
        Directory.CreateDirectory($"{_folder.Path}-damaged-by-hand");

        Assert.Equal(aside, RelayAside.Find(_folder.Path));
    }

    [Theory]
    [InlineData(100UL)]
    [InlineData(110UL)]
    [InlineData(111UL)]
    public async Task Check_EverythingComes_SaysWhenItIsDone(ulong after)
    {
        using RefetchWitness witness = await OpenAsync(after);
        for (ulong ts = after + 1; ts <= Last; ts++)
        {
            Assert.DoesNotContain(_logger.Messages, message => message.Contains("no longer needed", StringComparison.Ordinal));
            witness.Check(At(ts), Token);
        }

        Assert.Contains(_logger.Messages, message => message.Contains("no longer needed", StringComparison.Ordinal));
    }

    /// <summary>What the damage took is not known; more than the log still has may come.</summary>
    [Fact]
    public async Task Check_MoreComes_IsFine()
    {
        using RefetchWitness witness = await OpenAsync(100, damaged: 5);
        for (ulong ts = 101; ts <= Last; ts++)
        {
            witness.Check(RelayFolder.Transaction(ts), Token);
        }
    }

    [Theory]
    [InlineData(103UL, false)]
    [InlineData(139UL, false)]
    [InlineData(121UL, true)]
    public async Task Check_OneIsMissing_NamesIt(ulong missing, bool isFake)
    {
        using RefetchWitness witness = await OpenAsync(100, damaged: 5);
        for (ulong ts = 101; ts < missing; ts++)
        {
            witness.Check(At(ts), Token);
        }

        DrainerException error = Assert.Throws<DrainerException>(() => witness.Check(isFake ? RelayFolder.Watermark(missing) : At(missing + 1), Token));
        Assert.Contains($"The transaction of commit TS {missing} is in the damaged relay log", error.Message, StringComparison.Ordinal);
        Assert.Contains("between commit TS 100 and 140", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A Drainer that was killed while it fetched goes on comparing; one that is beyond has nothing to compare.</summary>
    [Fact]
    public async Task TryOpen_BeyondTheLog_Nothing()
    {
        await FillAsync();
        RelayAside.Move(_folder.Path, Last, Now);

        Assert.Null(RefetchWitness.TryOpen(_folder.Path, Last, _logger, Token));
        Assert.Empty(_logger.Messages);
    }

    [Fact]
    public async Task Write_FetchedAgainLacksOne_NothingOfTheBatchIsAppended()
    {
        using RefetchWitness witness = await OpenAsync(100);
        await using Relay relay = await _folder.OpenAsync();
        var writer = new RelayWriter(relay, new FakeSchemaHistory(), new InstantTimeProvider(), NullLogger.Instance) { Witness = witness };
        await writer.StartAtAsync(100, Token);

        await Assert.ThrowsAsync<DrainerException>(() => writer.WriteAsync([At(101), At(102), At(105)], Token));
        Assert.Equal([(RelayRecordKind.Start, 100UL)], RelayFolder.Records(relay));
    }

    private static MergedBinlog At(ulong ts) => ts % 2 == 1 ? RelayFolder.Transaction(ts) : RelayFolder.Watermark(ts);

    private async Task<RefetchWitness> OpenAsync(ulong after, int? damaged = null)
    {
        await FillAsync();
        if (damaged is { } record)
        {
            InspectRun.Damage(_folder.Path, InspectRun.Records(_folder.Path)[record].Position);
        }

        RelayAside.Move(_folder.Path, Last, Now);
        return RefetchWitness.TryOpen(_folder.Path, after, _logger, Token)!;
    }

    private async Task FillAsync()
    {
        await using Relay relay = await _folder.OpenAsync();
        var writer = new RelayWriter(relay, new FakeSchemaHistory(), new InstantTimeProvider(), NullLogger.Instance);
        await writer.StartAtAsync(100, Token);
        for (ulong ts = 101; ts <= Last; ts++)
        {
            await writer.WriteAsync([ts % 2 == 1 ? RelayFolder.Transaction(ts, 500) : At(ts)], Token);
        }

        Assert.InRange(relay.Log.Segments.Count, 3, 100);
    }
}
