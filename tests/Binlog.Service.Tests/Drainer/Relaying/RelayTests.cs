using Binlog.RelayLog;
using Binlog.Service.Drainer.Relaying;
using Binlog.Service.Tests.Drainer.Schema;
using Binlog.Service.Tests.Pump.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using static Binlog.Service.Tests.Drainer.Relaying.RelayFolder;

namespace Binlog.Service.Tests.Drainer.Relaying;

public sealed class RelayTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Open_NewLog_IsEmpty()
    {
        using var folder = new RelayFolder();
        await using Relay relay = await folder.OpenAsync();

        Assert.Equal((null, false, null), (relay.LastCommitTs, relay.HasBeginning, relay.CompleteAfter));
    }

    [Fact]
    public async Task Open_LogThatWasWritten_KnowsBeginningAndEnd()
    {
        using var folder = new RelayFolder();
        await WriteAsync(folder, 100, 105, 110);
        await using Relay relay = await folder.OpenAsync();

        Assert.Equal((110UL, true, 100UL), (relay.LastCommitTs, relay.HasBeginning, relay.CompleteAfter));
    }

    [Fact]
    public async Task MarkApplied_BeyondTheLimit_RemovesOnlyWhatIsApplied()
    {
        using var folder = new RelayFolder { MaxBytes = 2 * SegmentBytes };
        await using Relay relay = await folder.OpenAsync();
        RelayWriter writer = Writer(relay);
        await writer.StartAtAsync(100, Token);
        var ends = new List<(ulong CommitTs, LogPosition End)>();
        using LogReader reader = relay.Log.OpenReader(default);
        for (ulong ts = 101; ts <= 140; ts++)
        {
            await writer.WriteAsync([Transaction(ts, 1000)], Token);
            while (reader.TryRead(out LogRecord record))
            {
                await relay.MarkAppliedAsync(record.End, Token);
                ends.Add((record.Tag.CommitTs, record.End));
            }

            Assert.InRange(relay.Log.Segments.Sum(segment => segment.Bytes), 0, 4 * SegmentBytes);
            Assert.True(relay.CompleteAfter <= ts, $"{relay.CompleteAfter} is beyond what is applied");
        }

        Assert.InRange(relay.CompleteAfter!.Value, 120UL, 139UL);
        Assert.Equal((ulong)relay.Log.BaseCommitTs, relay.CompleteAfter);
        Assert.Equal(Records(relay)[0].CommitTs, relay.CompleteAfter + 1);
    }

    [Fact]
    public async Task Open_AfterRetention_HasNoBeginning()
    {
        using var folder = new RelayFolder { MaxBytes = 2 * SegmentBytes };
        ulong? completeAfter = await FillAsync(folder);
        await using Relay relay = await folder.OpenAsync();

        Assert.False(relay.HasBeginning);
        Assert.Equal(completeAfter, relay.CompleteAfter);
        Assert.Equal(140UL, relay.LastCommitTs);
    }

    [Fact]
    public async Task Open_TornTail_CutAndSaid()
    {
        using var folder = new RelayFolder();
        await WriteAsync(folder, 100, 105, 110);
        string segment = System.IO.Path.Combine(folder.Path, "00000000000000000001.seg");
        await File.AppendAllTextAsync(segment, "torn", Token);
        var logger = new RecordingLogger();

        await using Relay relay = await folder.OpenAsync(logger);

        Assert.Equal(110UL, relay.LastCommitTs);
        Assert.Contains($"of {segment} on were cut", Assert.Single(logger.Messages), StringComparison.Ordinal);
        Assert.Empty(logger.Warnings);
    }

    /// <summary>What is missing comes from the Pumps again, because they are asked for what comes after the last record that is left.</summary>
    [Fact]
    public async Task Open_LostItsEnd_WarnsAndGoesOnFromWhatIsLeft()
    {
        using var folder = new RelayFolder();
        await WriteAsync(folder, 100, 105, 110);
        string segment = System.IO.Path.Combine(folder.Path, "00000000000000000001.seg");
        byte[] content = await File.ReadAllBytesAsync(segment, Token);
        await File.WriteAllBytesAsync(segment, content[..^8], Token);
        var logger = new RecordingLogger();

        await using (Relay relay = await folder.OpenAsync(logger))
        {
            Assert.Equal(105UL, relay.LastCommitTs);
            string warning = Assert.Single(logger.Warnings);
            Assert.Contains("has lost its end", warning, StringComparison.Ordinal);
            Assert.Contains("after commit TS 105", warning, StringComparison.Ordinal);
            await Writer(relay).WriteAsync([Transaction(110)], Token);
        }

        await using Relay again = await folder.OpenAsync(logger);
        Assert.Equal([100UL, 105, 110], Records(again).Select(record => record.CommitTs));
        Assert.Single(logger.Warnings);
    }

    [Fact]
    public async Task Write_MoreThanTheLimitIsNotApplied_WaitsForTheApplier()
    {
        using var folder = new RelayFolder { MaxBytes = 2 * SegmentBytes };
        await using Relay relay = await folder.OpenAsync();
        RelayWriter writer = Writer(relay);
        await writer.StartAtAsync(100, Token);
        ulong ts = 101;
        while (relay.BacklogBytes() < 2 * SegmentBytes)
        {
            await writer.WriteAsync([Transaction(ts++, 1000)], Token);
        }

        Task writing = writer.WriteAsync([Transaction(ts, 1000)], Token);
        Assert.False(writing.IsCompleted);
        Assert.InRange(relay.BacklogBytes(), 2 * SegmentBytes, 4 * SegmentBytes);
        Assert.Equal(100UL, relay.CompleteAfter);
        await relay.MarkAppliedAsync(relay.Log.FlushedEnd, Token);
        await writing;
        Assert.Equal(ts, relay.LastCommitTs);
    }

    private static RelayWriter Writer(Relay relay) => new(relay, new FakeSchemaHistory(), new InstantTimeProvider(), NullLogger.Instance);

    private static async Task WriteAsync(RelayFolder folder, ulong start, params ulong[] commits)
    {
        await using Relay relay = await folder.OpenAsync();
        RelayWriter writer = Writer(relay);
        await writer.StartAtAsync(start, Token);
        await writer.WriteAsync([.. commits.Select(ts => Transaction(ts))], Token);
    }

    private static async Task<ulong?> FillAsync(RelayFolder folder)
    {
        await using Relay relay = await folder.OpenAsync();
        RelayWriter writer = Writer(relay);
        await writer.StartAtAsync(100, Token);
        for (ulong ts = 101; ts <= 140; ts++)
        {
            await writer.WriteAsync([Transaction(ts, 1000)], Token);
            await relay.MarkAppliedAsync(relay.Log.FlushedEnd, Token);
        }

        return relay.CompleteAfter;
    }
}
