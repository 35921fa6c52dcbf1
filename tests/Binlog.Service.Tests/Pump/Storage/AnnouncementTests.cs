using Binlog.Service.Hosting;
using Binlog.Service.Pump.Storage;
using Binlog.TestKit.Waiting;

namespace Binlog.Service.Tests.Pump.Storage;

/// <summary>What a Pump announces as complete can be read, whatever fails on the way.</summary>
public sealed class AnnouncementTests : IDisposable
{
    /// <summary>More than the index keeps in memory while the disk takes none: 256 blocks of 8.</summary>
    private const int Transactions = 2_200;

    private const ulong LastCommitTs = 10_000;

    private readonly TemporaryDirectory _directory = new();
    private readonly IndexFaultFileSystem _files = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Advance_IndexFailsInTheMiddle_AnnouncesNothingThatIsNotInIt()
    {
        await using PumpStore store = await StoreDriver.OpenSmallAsync(_directory.Path, _files);
        await FailAsync(store);

        List<ulong> read = store.ReadAll();
        Assert.Equal(Enumerable.Range(1, read.Count).Select(CommitTs), read);
        Assert.InRange(read.Count, 1, Transactions - 1);
        Assert.InRange(store.MaxCommitTs, 0ul, read[^1]);
        _files.WritesFail = false;
    }

    [Fact]
    public async Task Advance_IndexFails_EndsTheStoreWithAnErrorForTheUser()
    {
        await using PumpStore store = await StoreDriver.OpenSmallAsync(_directory.Path, _files);
        await FailAsync(store);

        var failure = await Assert.ThrowsAsync<ServiceException>(() => store.Failure.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));

        Assert.Equal(ExitCode.Failed, failure.ExitCode);
        Assert.Contains("can't order binlogs any more: The Pump's index can't be written", failure.Message, StringComparison.Ordinal);
        Assert.Same(store.SortingFault, store.SortingProblem);
        _files.WritesFail = false;
    }

    [Fact]
    public async Task OpenAsync_AfterTheIndexFailed_EverythingIsThere()
    {
        await using (PumpStore store = await StoreDriver.OpenSmallAsync(_directory.Path, _files))
        {
            await FailAsync(store);
            _files.WritesFail = false;
        }

        await using PumpStore again = await StoreDriver.OpenSmallAsync(_directory.Path);

        Assert.Equal(Enumerable.Range(1, Transactions).Select(CommitTs).Append(LastCommitTs), again.ReadAll());
        Assert.Equal(LastCommitTs, again.MaxCommitTs);
    }

    private static ulong CommitTs(int number) => (2 * (ulong)number) + 1;

    /// <summary>Lets all transactions wait for one, then come out at once while the index can't be written.</summary>
    private async Task FailAsync(PumpStore store)
    {
        await store.WriteAsync(TestBinlogs.Prewrite(1));
        await Task.WhenAll(Enumerable.Range(1, Transactions).Select(number => store.CommitAsync(CommitTs(number) - 1, CommitTs(number))));
        await store.SettleAsync();
        _files.WritesFail = true;
        await store.WriteAsync(TestBinlogs.Commit(1, LastCommitTs));
        await Eventually.HoldsAsync("ordering has stopped", () => store.SortingFault is not null, TestContext.Current.CancellationToken);
    }
}
