using System.Text;
using Binlog.Cluster;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Drainer.Schema.Storing;
using Binlog.Service.Drainer.Schema.TiDbStatus;
using Binlog.Service.Tests.Downstream;
using Binlog.Service.Tests.Drainer.Schema.TiDbStatus;
using Binlog.TestKit.Time;
using Binlog.TestKit.Waiting;
using Binlog.TiDB.Schema;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Drainer.Schema;

public sealed class StoredSchemaHistoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ScriptedJobSource _source = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task JobsAfter_FirstTime_ReadsAllAndServesThemByVersion()
    {
        _source.Add(30, 10, 20);
        _source.Jobs[25] = "{\"id\":25,\"state\":3,\"binlog\":{\"SchemaVersion\":0}}";
        await using StoredSchemaHistory history = await OpenAsync();

        Assert.Equal([20, 30], await VersionsAsync(history, 10, 30));
        Assert.Equal([10, 20, 30], await VersionsAsync(history, 0, 30));
        Assert.Equal(1, _source.Listings);
    }

    [Fact]
    public async Task JobsAfter_VersionBeyondTheNewest_ReadsWhatIsNew()
    {
        _source.Add(10, 20);
        await using StoredSchemaHistory history = await OpenAsync();
        await VersionsAsync(history, 0, 20);

        // A job that ran for long ends after one with a greater ID.
        _source.Add(15, 40);

        Assert.Equal([15, 20, 40], await VersionsAsync(history, 10, 40));
        Assert.Equal([15, 20, 40], await VersionsAsync(history, 10, long.MaxValue));
        Assert.Equal(3, _source.Listings);
    }

    [Fact]
    public async Task Open_SecondTime_AsksNobodyForWhatIsStored()
    {
        _source.Add(10, 20, 30);
        await using (StoredSchemaHistory first = await OpenAsync())
        {
            await VersionsAsync(first, 0, 30);
        }

        _source.Failure = Away;
        await using StoredSchemaHistory history = await OpenAsync();

        Assert.Equal([10, 20, 30], await VersionsAsync(history, 0, 30));
        SchemaHistoryEntry entry = (await history.FindAsync(20, Cancelled))!;
        Assert.Equal(_source.Jobs[20], Encoding.UTF8.GetString(entry.RawJson.Span));
        Assert.Equal((20, "d20"), (entry.Job.Id, entry.Job.Binlog.DbInfo!.Name));
        Assert.Empty(_source.Asked);
    }

    /// <summary>A reading that broke off has stored some jobs; the next one may not take them for all.</summary>
    [Fact]
    public async Task JobsAfter_ReadingThatBrokeOff_IsDoneAgain()
    {
        _source.Add(10, 20, 30);
        await using (JobStore store = await OpenStoreAsync())
        {
            await store.AddAsync(JobHead.Read(Encoding.UTF8.GetBytes(_source.Jobs[30])), Encoding.UTF8.GetBytes(_source.Jobs[30]), Cancelled);
            await store.FlushAsync(Cancelled);
        }

        await using StoredSchemaHistory history = await OpenAsync();

        Assert.Equal([10, 20, 30], await VersionsAsync(history, 0, 30));
    }

    [Fact]
    public async Task Find_JobThatIsNew_IsAskedForByItsId()
    {
        _source.Add(10);
        await using StoredSchemaHistory history = await OpenAsync();
        Assert.Null(await history.FindAsync(11, Cancelled));

        _source.Add(11);

        Assert.Equal(11, (await history.FindAsync(11, Cancelled))!.Job.Id);
        Assert.Equal(11, (await history.FindAsync(11, Cancelled))!.Job.Id);
        Assert.Equal([11], _source.Asked);
        Assert.Equal(2, _source.Listings);
    }

    /// <summary>A binlog names a new job while one with a lesser version, which nothing named, is new too: both are taken up, or the second would be missing for good.</summary>
    [Fact]
    public async Task Find_OtherJobsAreNewToo_TakesThemUp()
    {
        _source.Add(10);
        await using StoredSchemaHistory history = await OpenAsync();
        await VersionsAsync(history, 0, 10);
        _source.Add(11, 12);

        await history.FindAsync(12, Cancelled);

        Assert.Equal([11, 12], await VersionsAsync(history, 10, 12));
        Assert.Equal(2, _source.Listings);
    }

    /// <summary>The newest jobs come first and are stored before the reading breaks off: the next reading may not end at them.</summary>
    [Fact]
    public async Task JobsAfter_CatchingUpThatBrokeOff_ReadsTheRest()
    {
        await using StatusPortDouble port = await StatusPortDouble.StartAsync();
        port.Add(Enumerable.Range(1, 300).Select(id => (long)id));
        await using (JobStore store = await OpenStoreAsync())
        {
            foreach (long id in Enumerable.Range(201, 100))
            {
                byte[] job = Encoding.UTF8.GetBytes(StatusPortDouble.Job(id).ReplaceLineEndings(""));
                await store.AddAsync(JobHead.Read(job), job, Cancelled);
            }

            await store.FlushAsync(Cancelled);
        }

        var source = new TiDbJobSource(new TiDbStatusClient([port.Address], null));
        await using var history = new StoredSchemaHistory(await OpenStoreAsync(), source, TimeProvider.System, NullLogger.Instance);

        Assert.Equal(300, (await VersionsAsync(history, 0, 300)).Count);
    }

    /// <summary>Damage that shows while jobs are applied is the store's, not the relay log's.</summary>
    [Fact]
    public async Task Find_RecordDamagedMeanwhile_NamesTheDirectory()
    {
        _source.Add(10, 20, 30);
        await using StoredSchemaHistory history = await OpenAsync();
        await VersionsAsync(history, 0, 30);
        Damage();

        var exception = await Assert.ThrowsAsync<SchemaHistoryException>(() => VersionsAsync(history, 0, 30));

        Assert.Contains(_folder.PathOf("schema"), exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Find_SourceAway_WaitsAndSaysSo()
    {
        var time = new SkippingTimeProvider(TimeSpan.FromMinutes(1));
        _source.Add(10);
        _source.Failure = Away;
        await using StoredSchemaHistory history = await OpenAsync(time);

        Task<SchemaHistoryEntry?> finding = history.FindAsync(10, Cancelled);
        await Eventually.HoldsAsync("it says that it waits", () => history.Failure is not null, Cancelled);
        Assert.Equal("waits for the schema history: nobody there", history.Failure);
        Assert.False(finding.IsCompleted);
        _source.Failure = null;

        Assert.Equal(10, (await finding)!.Job.Id);
        Assert.Null(history.Failure);
    }

    [Fact]
    public async Task JobsAfter_SourceAwayWhileLooking_IsAnError()
    {
        _source.Failure = Away;
        await using var history = new StoredSchemaHistory(await OpenStoreAsync(), _source, TimeProvider.System, NullLogger.Instance) { IsPatient = false };

        var exception = await Assert.ThrowsAsync<SchemaHistoryException>(() => VersionsAsync(history, 0, 1));

        Assert.Contains("nobody there", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task JobsAfter_SourceThatRefuses_IsAnError()
    {
        _source.Failure = new ClusterException("another cluster");
        await using StoredSchemaHistory history = await OpenAsync();

        Assert.Contains("another cluster", (await Assert.ThrowsAsync<SchemaHistoryException>(() => VersionsAsync(history, 0, 1))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task JobsAfter_JobThatIsNone_NamesTheSource()
    {
        _source.Jobs[1] = "[]";
        await using StoredSchemaHistory history = await OpenAsync();

        Assert.StartsWith("the upstream gave a DDL job that can't be read", (await Assert.ThrowsAsync<SchemaHistoryException>(() => VersionsAsync(history, 0, 1))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_DamagedStore_IsPutAsideAndReadAgain()
    {
        _source.Add(10, 20, 30);
        await using (StoredSchemaHistory first = await OpenAsync())
        {
            await VersionsAsync(first, 0, 30);
        }

        Damage();

        await using StoredSchemaHistory history = await OpenAsync();

        Assert.Equal([10, 20, 30], await VersionsAsync(history, 0, 30));
        Assert.Single(Directory.GetDirectories(_folder.PathOf(""), "schema-damaged-*"));
    }

    [Fact]
    public async Task WithoutSource_StoredJobs_AreServedAndNobodyIsWaitedFor()
    {
        _source.Add(10, 20);
        await using (StoredSchemaHistory first = await OpenAsync())
        {
            await VersionsAsync(first, 0, 20);
        }

        await using var history = new StoredSchemaHistory(await OpenStoreAsync(), null, TimeProvider.System, NullLogger.Instance);

        Assert.Equal([10, 20], await VersionsAsync(history, 0, long.MaxValue));
        Assert.Null(await history.FindAsync(11, Cancelled));
    }

    [Fact]
    public async Task Open_StoreOfAnotherCluster_IsRefused()
    {
        await (await OpenStoreAsync()).DisposeAsync();

        await Assert.ThrowsAnyAsync<RelayLog.RelayLogException>(() => JobStore.OpenOrBeginAsync(_folder.PathOf(""), 8, TimeProvider.System, NullLogger.Instance, Cancelled));
    }

    /// <summary>Changes a byte in the middle of a stored job.</summary>
    private void Damage()
    {
        string segment = Directory.GetFiles(_folder.PathOf("schema")).First(file => new FileInfo(file).Length > 1000);
        byte[] bytes = File.ReadAllBytes(segment);
        int at = bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes("create database"));
        using var file = new FileStream(segment, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.Position = at;
        file.WriteByte((byte)(bytes[at] ^ 1));
    }

    private static ClusterException Away => new("nobody there", null, isTransient: true);

    private async Task<StoredSchemaHistory> OpenAsync(TimeProvider? time = null) => new(await OpenStoreAsync(), _source, time ?? TimeProvider.System, NullLogger.Instance);

    private Task<JobStore> OpenStoreAsync() => JobStore.OpenOrBeginAsync(_folder.PathOf(""), 7, TimeProvider.System, NullLogger.Instance, Cancelled);

    private static async Task<List<long>> VersionsAsync(StoredSchemaHistory history, long after, long upTo)
    {
        List<long> versions = [];
        await foreach (DdlJob job in history.JobsAfterAsync(after, upTo, Cancelled))
        {
            versions.Add(job.Binlog.SchemaVersion);
        }

        return versions;
    }
}
