using Binlog.RelayLog;
using Binlog.Service.Hosting;
using Binlog.Service.Pump.Storage;
using Binlog.Service.Pump.Storage.Indexing;
using Binlog.TestKit.Capabilities;
using Binlog.TestKit.Time;
using Binlog.TestKit.Waiting;

namespace Binlog.Service.Tests.Pump.Storage;

/// <summary>A read that fails and would work later is no damage: nothing ends for it that needn't, and nothing is skipped.</summary>
public sealed class StoreReadFailureTests : IDisposable
{
    private const int Transactions = 60;
    private const ulong LastCommitTs = 2 * Transactions;

    private readonly TemporaryDirectory _directory = new();
    private readonly RecordingLogger _logger = new();
    private readonly FailingFileSystem _files = new();

    private string Path => _directory.Combine("pump");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task RunAsync_LogCannotBeReadForAWhile_SaysSoOnceAndGoesOn()
    {
        var time = new SkippingTimeProvider(TimeSpan.FromSeconds(10));
        await using PumpStore store = await StoreDriver.OpenSmallAsync(Path, _files, logger: _logger, time: time);
        await store.CommitAsync(1, 2);
        await store.ReachAsync(2);

        _files.Unreadable = name => name.EndsWith(".seg", StringComparison.Ordinal);
        await store.CommitAsync(3, 4);
        int skips = time.Skips;
        await Eventually.HoldsAsync("it was tried again several times", () => time.Skips > skips + 3, Cancelled);

        Assert.Null(store.SortingFault);
        Assert.Contains("for the moment", store.SortingProblem?.Message, StringComparison.Ordinal);
        Assert.Equal(2ul, store.MaxCommitTs);
        _files.Unreadable = null;
        await store.ReachAsync(4);
        await Eventually.HoldsAsync("the problem is over", () => store.SortingProblem is null, Cancelled);
        Assert.Equal([2ul, 4], store.ReadAll());
        Assert.Contains("orders nothing until it can", Assert.Single(_logger.Warnings), StringComparison.Ordinal);
        Assert.False(store.Failure.IsCompleted);
    }

    /// <summary>The sorter asks the index about a prewrite of long ago; nothing comes after it that would wake the sorter.</summary>
    [Fact]
    public async Task RunAsync_IndexCannotBeReadForAWhile_SaysSoOnceAndGoesOn()
    {
        await FillAsync();
        var time = new SkippingTimeProvider(TimeSpan.FromSeconds(10));
        await using (PumpStore store = await StoreDriver.OpenSmallAsync(Path, _files, logger: _logger, time: time))
        {
            _files.Unreadable = name => name.EndsWith(".idx", StringComparison.Ordinal);
            int skips = time.Skips;
            await store.WriteAsync(TestBinlogs.Prewrite(39));
            await Eventually.HoldsAsync("it was tried again several times, or given up", () => time.Skips > skips + 3 || store.SortingFault is not null, Cancelled);

            Assert.Null(store.SortingFault);
            Assert.Contains("for the moment", store.SortingProblem?.Message, StringComparison.Ordinal);
            Assert.False(store.IsSorted);
            _files.Unreadable = null;
            await store.SettleAsync();
            await Eventually.HoldsAsync("the problem is over", () => store.SortingProblem is null, Cancelled);
            Assert.Equal(0, store.UndecidedCount);
            Assert.Contains("orders nothing until it can", Assert.Single(_logger.Warnings), StringComparison.Ordinal);
            Assert.False(store.Failure.IsCompleted);

            // A stop while it can't be read: the next start sorts it.
            _files.Unreadable = name => name.EndsWith(".idx", StringComparison.Ordinal);
            await store.WriteAsync(TestBinlogs.Prewrite(23));
            await store.CommitAsync(LastCommitTs + 1, LastCommitTs + 2);
        }

        _files.Unreadable = null;
        await using PumpStore again = await StoreDriver.OpenSmallAsync(Path);
        Assert.Equal([.. Expected(), LastCommitTs + 2], again.ReadAll());
        Assert.Equal(0, again.UndecidedCount);
    }

    [Fact]
    public async Task TryRead_IndexCannotBeReadForAWhile_IsNoDamage()
    {
        await FillAsync();
        await using PumpStore store = await StoreDriver.OpenSmallAsync(Path, _files, logger: _logger);

        _files.Unreadable = name => name.EndsWith(".idx", StringComparison.Ordinal);
        var failure = Assert.Throws<IndexReadException>(() => store.ReadAll());
        _files.Unreadable = null;

        Assert.Contains("for the moment", failure.Message, StringComparison.Ordinal);
        Assert.False(store.Failure.IsCompleted);
        Assert.Equal(Expected(), store.ReadAll());
        Assert.Empty(_logger.Warnings);
    }

    /// <summary>At the start the index is made anew whatever is wrong with it: a bad sector under a cache keeps no Pump from starting.</summary>
    [Fact]
    public async Task OpenAsync_IndexCannotBeRead_MadeAnew()
    {
        await FillAsync();
        _files.Unreadable = name => name.EndsWith(".idx", StringComparison.Ordinal);

        await using PumpStore store = await StoreDriver.OpenSmallAsync(Path, _files, logger: _logger);
        _files.Unreadable = null;

        Assert.Equal(Expected(), store.ReadAll());
        Assert.Contains("is made anew from its log", Assert.Single(_logger.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(FileOperation.OpenRead)]
    [InlineData(FileOperation.Read)]
    public async Task Store_NthReadFailsOnce_NothingIsSkippedAndTheNextTryWorks(FileOperation operation)
    {
        int step = LongRun.IsOn ? 1 : 5;
        await FillAsync();
        bool failed = true;
        int tried = 0;
        for (int nth = 1; failed; nth += step)
        {
            string copy = _directory.Combine($"{operation} {nth}");
            StoreDriver.Copy(Path, copy);
            var files = new FailingFileSystem();
            files.FailOnce(operation, nth);

            await using (PumpStore store = await OpenAsync(copy, files))
            {
                await ReadAsync(store, $"{operation} {nth}");
                await store.CommitAsync(LastCommitTs + 1, LastCommitTs + 2);
                await Task.WhenAny(store.ReachAsync(LastCommitTs + 2), store.Failure);
                await ReadAsync(store, $"{operation} {nth}");
            }

            failed = files.HasFailed;
            tried += failed ? 1 : 0;
            await using PumpStore again = await StoreDriver.OpenSmallAsync(copy);
            Assert.Null(again.SortingFault);
            Assert.Equal([.. Expected(), LastCommitTs + 2], again.ReadAll());
        }

        Assert.InRange(tried, 1, int.MaxValue);
    }

    private static IEnumerable<ulong> Expected() => Enumerable.Range(1, Transactions).Select(number => 2 * (ulong)number);

    /// <summary>Opens a store; an opening that fails says so, and the next one works.</summary>
    private static async Task<PumpStore> OpenAsync(string directory, FailingFileSystem files)
    {
        try
        {
            return await StoreDriver.OpenSmallAsync(directory, files);
        }
        catch (Exception exception) when (exception is RelayLogException or ServiceException)
        {
            Assert.IsNotType<CorruptLogException>(exception);
            return await StoreDriver.OpenSmallAsync(directory, files);
        }
    }

    /// <summary>Reads everything; a reading that fails says so without calling it damage, and the next one works.</summary>
    private static async Task ReadAsync(PumpStore store, string what)
    {
        var read = new List<ulong>();
        try
        {
            store.ReadAll(read);
        }
        catch (Exception exception) when (exception is IndexReadException or RelayLogException { IsTransient: true })
        {
            Assert.True(Expected().Take(read.Count).SequenceEqual(read), what);
            read.Clear();
            store.ReadAll(read);
        }

        Assert.True(Expected().SequenceEqual(read.Take(Transactions)), $"{what}: {string.Join(", ", read)}");
        await store.ReachAsync(LastCommitTs);
    }

    private async Task FillAsync()
    {
        await using PumpStore store = await StoreDriver.OpenSmallAsync(Path);
        for (ulong ts = 1; ts < LastCommitTs; ts += 2)
        {
            await store.CommitAsync(ts, ts + 1);
        }

        await store.ReachAsync(LastCommitTs);
    }
}
