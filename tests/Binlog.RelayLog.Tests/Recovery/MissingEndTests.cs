using Binlog.RelayLog.Format;
using Binlog.RelayLog.Tests.Support;

namespace Binlog.RelayLog.Tests.Recovery;

/// <summary>A log that ends before what is known to have been flushed has lost acknowledged records: it is not opened as if nothing were missing.</summary>
public sealed class MissingEndTests
{
    private const string Directory = DamagedLog.Directory;

    private readonly MemoryFileSystem _files = new();

    [Fact]
    public async Task OpenAsync_CutAnywhereBelowACleanClose_RefusedAndNotChanged()
    {
        await CloseAsync(10, 20, 30);
        string path = DamagedLog.PathOf(1);
        byte[] whole = _files.File(path).Content;

        for (int length = SegmentHeader.Size; length < whole.Length; length++)
        {
            _files.File(path).Content = whole[..length];

            var refused = await Assert.ThrowsAsync<CorruptLogException>(() => LogDriver.OpenAsync(Options()));

            Assert.Equal(whole[..length], _files.File(path).Content);
            Assert.Equal((path, $"acknowledged records up to byte {whole.Length} of segment 1, as the last clean close says"), (refused.File, refused.Expected));
            Assert.InRange(refused.Offset, SegmentHeader.Size, length);
        }

        _files.File(path).Content = whole;
        await using SegmentedLog log = await LogDriver.OpenAsync(Options());
        Assert.Equal([10, 20, 30], LogDriver.ReadAll(log));
    }

    [Fact]
    public async Task OpenAsync_LastRecordDamagedBelowACleanClose_Refused()
    {
        await CloseAsync(10, 20, 30);
        const int Padding = 2;
        _files.File(DamagedLog.PathOf(1)).Content[^(Padding + 1)] ^= 1;

        var refused = await Assert.ThrowsAsync<CorruptLogException>(() => LogDriver.OpenAsync(Options()));

        Assert.Contains("as the last clean close says", refused.Expected, StringComparison.Ordinal);
        Assert.NotEqual("the end of the log", refused.Found);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(2)]
    [InlineData(1)]
    public async Task OpenAsync_SegmentsMissingAtTheEnd_Refused(int firstMissing)
    {
        await CloseAsync(3000, 3000, 3000);
        for (int number = firstMissing; number <= 3; number++)
        {
            _files.Delete(DamagedLog.PathOf((ulong)number));
        }

        var refused = await Assert.ThrowsAsync<CorruptLogException>(() => LogDriver.OpenAsync(Options()));

        Assert.Contains("of segment 3, as the last clean close says", refused.Expected, StringComparison.Ordinal);
        Assert.Equal(firstMissing == 1 ? "no segment files" : "the end of the log", refused.Found);
        Assert.Equal(firstMissing - 1, _files.Names.Count(name => name.EndsWith(".seg", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task OpenAsync_BelowWhatTheCallerKnows_RefusedByItsName()
    {
        DamagedLog built = await DamagedLog.BuildAsync(10, 20, 30);
        (Guid logId, LogPosition end) = await EndAsync(built.Options(built.Files.Restart()));
        MemoryFileSystem cut = built.With(1, content => content[..^1]);
        var known = new KnownEnd(logId, end, 4, "the checkpoint");

        var refused = await Assert.ThrowsAsync<CorruptLogException>(() => LogDriver.OpenAsync(built.Options(cut) with { KnownEnd = known }));

        Assert.Equal($"acknowledged records up to byte {end.Offset} of segment 1 (sequence 3), as the checkpoint says", refused.Expected);
        await using SegmentedLog whole = await LogDriver.OpenAsync(built.Options(built.Files.Restart()) with { KnownEnd = known });
        Assert.Null(whole.Recovery.MissingEnd);
        await using SegmentedLog other = await LogDriver.OpenAsync(built.Options(cut) with { KnownEnd = known with { LogId = Guid.NewGuid() } });
        Assert.Equal([10, 20], LogDriver.ReadAll(other));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(80)]
    public async Task OpenAsync_MissingEndAccepted_ReportedOnceAndGoesOn(int cut)
    {
        await CloseAsync(10, 20, 30);
        MemoryFile file = _files.File(DamagedLog.PathOf(1));
        long end = file.Content.Length;
        file.Content = file.Content[..^cut];
        MemoryFileSystem killed;

        await using (SegmentedLog log = await LogDriver.OpenAsync(Options() with { AcceptMissingEnd = true }))
        {
            Assert.Equal(new LogPosition(1, end), log.Recovery.MissingEnd?.End);
            Assert.Equal([10, 20], LogDriver.ReadAll(log));
            await LogDriver.AppendAsync(log, 5);
            killed = _files.Restart();
        }

        await using SegmentedLog again = await LogDriver.OpenAsync(LogDriver.Options(Directory, killed));
        Assert.Null(again.Recovery.MissingEnd);
        Assert.Equal([10, 20, 5], LogDriver.ReadAll(again));
    }

    /// <summary>A mark that came back would refuse the log for records that others have taken the place of.</summary>
    [Fact]
    public async Task OpenAsync_MissingEndAcceptedThenPowerLost_TheMarkDoesNotComeBack()
    {
        await CloseAsync(10, 20, 30);
        MemoryFile file = _files.File(DamagedLog.PathOf(1));
        file.Content = file.Content[..^80];
        await using SegmentedLog log = await LogDriver.OpenAsync(Options() with { AcceptMissingEnd = true });
        await LogDriver.AppendAsync(log, 5);

        for (int seed = 0; seed < 20; seed++)
        {
            await using SegmentedLog again = await LogDriver.OpenAsync(LogDriver.Options(Directory, _files.LosePower(new Random(seed))));

            Assert.Equal([10, 20, 5], LogDriver.ReadAll(again));
        }
    }

    [Theory]
    [InlineData(FileOperation.Create)]
    [InlineData(FileOperation.Write)]
    [InlineData(FileOperation.Flush)]
    [InlineData(FileOperation.Rename)]
    public async Task OpenAsync_MarkCannotBePutBack_FailsAndMayBeRepeated(FileOperation failing)
    {
        await CloseAsync(10, 20, 30);
        MemoryFile file = _files.File(DamagedLog.PathOf(1));
        file.Content = file.Content[..^80];
        _files.Before = (operation, path) => operation == failing && path.Contains("closed.mark", StringComparison.Ordinal) ? throw MemoryFileHandle.InputOutputError() : false;

        await Assert.ThrowsAsync<LogFaultedException>(() => LogDriver.OpenAsync(Options() with { AcceptMissingEnd = true }));

        _files.Before = null;
        await using SegmentedLog log = await LogDriver.OpenAsync(Options() with { AcceptMissingEnd = true });
        Assert.NotNull(log.Recovery.MissingEnd);
        Assert.Equal([10, 20], LogDriver.ReadAll(log));
        Assert.DoesNotContain(_files.Names, name => name.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public async Task OpenAsync_NoSegmentsAndMissingEndAccepted_BeginsANewLog()
    {
        await CloseAsync(10);
        _files.Delete(DamagedLog.PathOf(1));

        await using SegmentedLog log = await LogDriver.OpenAsync(Options() with { AcceptMissingEnd = true });

        Assert.NotNull(log.Recovery.MissingEnd);
        Assert.Empty(LogDriver.ReadAll(log));
    }

    private SegmentedLogOptions Options() => LogDriver.Options(Directory, _files);

    private async Task CloseAsync(params int[] sizes)
    {
        await using SegmentedLog log = await LogDriver.OpenAsync(Options());
        await LogDriver.AppendAsync(log, sizes);
    }

    private static async Task<(Guid LogId, LogPosition End)> EndAsync(SegmentedLogOptions options)
    {
        await using SegmentedLog log = await LogDriver.OpenAsync(options);
        return (log.LogId, log.FlushedEnd);
    }
}
