using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Binlog.Cluster.Contracts.TiKv;
using Binlog.ClusterKit.TiKv;
using Binlog.Service.Drainer.Schema;
using Binlog.TiDB.Keys;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Tests.Drainer.Schema;

public sealed class TiKvSchemaHistoryTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private TiKvMeta _meta = null!;
    private TiKvSchemaHistory _history = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _meta = await TiKvMeta.StartAsync();
        _history = _meta.OpenHistory(_directory);
    }

    public async ValueTask DisposeAsync()
    {
        _history.Dispose();
        await _meta.DisposeAsync();
        _directory.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Recording_EveryJob_IsTheOneOfTheFileByteForByte(bool regionsAreSplit)
    {
        _meta.PutRecording();
        if (regionsAreSplit)
        {
            foreach (long jobId in new long[] { 1, 2, 100, 211, 333 })
            {
                _meta.Servers.Split(MetaKey.ForDdlJob(jobId));
            }
        }

        using var file = new FileSchemaHistory(RecordedStream.PathOf("ddl_history_jobs.jsonl.gz"));
        List<DdlJob> expected = await JobsAsync(file, 0, long.MaxValue);

        Assert.Equal(expected.Select(Describe), (await JobsAsync(_history, 0, long.MaxValue)).Select(Describe));
        foreach (string line in Lines())
        {
            DdlJob job = DdlJob.Parse(Encoding.UTF8.GetBytes(line));
            Assert.Equal(line, Encoding.UTF8.GetString((await _history.FindAsync(job.Id, Cancelled))!.RawJson.Span));
        }

        Assert.Equal(
            (await JobsAsync(file, 100, 200)).Select(Describe),
            (await JobsAsync(_history, 100, 200)).Select(Describe));

        static string Describe(DdlJob job) => $"{job.Binlog.SchemaVersion} {job.Id} {job.Type} {job.Query}";
    }

    [Theory]
    [InlineData(50)]
    [InlineData(200)]
    [InlineData(300)]
    [InlineData(long.MaxValue)]
    public async Task Recording_TrackerAtAVersion_IsTheOneOfTheFile(long version)
    {
        _meta.PutRecording();
        using var file = new FileSchemaHistory(RecordedStream.PathOf("ddl_history_jobs.jsonl.gz"));

        SchemaTracker expected = await SchemaTracker.ReplayAsync(file, version, Cancelled);
        SchemaTracker tracker = await SchemaTracker.ReplayAsync(_history, version, Cancelled);

        Assert.Equal(expected.Version, tracker.Version);
        Assert.Equal(Describe(expected), Describe(tracker));
    }

    [Fact]
    public async Task Find_JobThatComesLater_IsFoundThen()
    {
        _meta.PutJob(5, 50);
        Assert.Equal([5], await IdsAsync(0, long.MaxValue));
        Assert.Null(await _history.FindAsync(7, Cancelled));

        _meta.PutJob(7, 70);

        Assert.Equal(70, (await _history.FindAsync(7, Cancelled))!.Job.Binlog.SchemaVersion);
        Assert.Equal([5, 7], await IdsAsync(0, 70));
    }

    [Fact]
    public async Task Find_BeforeAnythingElse_OnlyThatJobIsRead()
    {
        _meta.PutJob(5, 50);
        _meta.PutJob(6, 60);

        Assert.Equal(50, (await _history.FindAsync(5, Cancelled))!.Job.Binlog.SchemaVersion);

        Assert.Equal((1, 0), (_meta.Servers.CallsOf("KvGet"), _meta.Servers.CallsOf("KvScan")));
        Assert.Equal([5, 6], await IdsAsync(0, long.MaxValue));
    }

    [Fact]
    public async Task JobsAfter_JobWithALowerIdComesLater_IsTakenUp()
    {
        _meta.PutJob(9, 20);
        _meta.PutJob(10, 30);
        Assert.Equal([9, 10], await IdsAsync(0, 30));

        _meta.PutJob(4, 40);
        _meta.PutJob(3, 45, state: 3);

        Assert.Equal([9, 10, 4], await IdsAsync(0, 45));
        Assert.Equal([4], await IdsAsync(30, 45));
    }

    [Fact]
    public async Task JobsAfter_VersionThatWasLookedFor_TiKvIsNotAskedAgain()
    {
        _meta.PutJob(9, 20);
        await IdsAsync(0, 25);
        int scans = _meta.Servers.CallsOf("KvScan");

        Assert.Equal([9], await IdsAsync(0, 25));
        Assert.Equal([9], await IdsAsync(0, 20));
        Assert.Equal(scans, _meta.Servers.CallsOf("KvScan"));
        await IdsAsync(0, 26);
        Assert.Equal(scans + 1, _meta.Servers.CallsOf("KvScan"));
    }

    [Fact]
    public async Task JobsAfter_JobIsLockedByATransactionThatWasCommitted_IsRead()
    {
        _meta.PutJob(1, 10);
        byte[] primary = MetaKey.ForString(MetaKey.SchemaVersion);
        ulong startTs = _meta.Tso.At(-2000);
        _meta.Servers.Data.Put(primary, "20"u8.ToArray(), startTs, startTs + 1);
        _meta.Servers.Data.Lock(MetaKey.ForDdlJob(2), new StoredLock(startTs, primary, 3000) { Value = Encoding.UTF8.GetBytes(TiKvMeta.Job(2, 20)) });

        Assert.Equal([1, 2], await IdsAsync(0, long.MaxValue));
    }

    [Theory]
    [InlineData("nonsense", "invalid|expected")]
    [InlineData("[]", "a job is a JSON object")]
    [InlineData("""{"id":3,"state":6}""", "it holds job 3")]
    [InlineData("""{"state":6}""", "it has no job ID")]
    [InlineData("""{"id":2,"state":6}{}""", "single JSON value|something follows")]
    public async Task JobsAfter_ValueIsNoJob_NamesKeyAndJob(string value, string reason)
    {
        _meta.PutJob(1, 10);
        _meta.Put(MetaKey.ForDdlJob(2), Encoding.UTF8.GetBytes(value));

        foreach (Func<Task> use in new Func<Task>[] { () => IdsAsync(0, long.MaxValue), () => _history.FindAsync(2, Cancelled) })
        {
            var exception = await Assert.ThrowsAsync<SchemaHistoryException>(use);
            Assert.Equal(2, exception.JobId);
            Assert.Contains($"key {Convert.ToHexString(MetaKey.ForDdlJob(2))} (job 2)", exception.Message, StringComparison.Ordinal);
            Assert.Matches(reason, exception.Message);
        }
    }

    [Fact]
    public async Task JobsAfter_KeyIsOfAnotherForm_NamesIt()
    {
        byte[] key = MetaKey.ForHashField(MetaKey.DdlJobHistory, "seven"u8);
        _meta.Put(key, "{}"u8.ToArray());

        var exception = await Assert.ThrowsAsync<SchemaHistoryException>(() => IdsAsync(0, 1));

        Assert.Contains(Convert.ToHexString(key), exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task JobsAfter_StoreDiesMidway_SaysSoAndIsReadWhenItIsBack()
    {
        for (int job = 1; job <= 300; job++)
        {
            _meta.PutJob(job, job);
        }

        _meta.Servers.BeforeAnswer = async (_, _) =>
        {
            if (_meta.Servers.CallsOf("KvScan") == 2)
            {
                // Not awaited: the server ends when this call has.
                _ = _meta.Servers.KillAsync(_meta.StoreId);
                await Task.CompletedTask;
            }
        };
        var exception = await Assert.ThrowsAsync<SchemaHistoryException>(() => IdsAsync(0, long.MaxValue));
        Assert.Contains("The DDL history in TiKV can't be read (given up with 64 jobs", exception.Message, StringComparison.Ordinal);
        _meta.Servers.BeforeAnswer = (_, _) => Task.CompletedTask;
        await _meta.Servers.RestartAsync(_meta.StoreId);

        Assert.Equal(Enumerable.Range(1, 300).Select(job => (long)job), await IdsAsync(0, long.MaxValue));
    }

    [Fact]
    public async Task JobsAfter_StoreIsBusyAndRegionsChange_EveryJobComesOnce()
    {
        for (int job = 1; job <= 500; job++)
        {
            _meta.PutJob(job, 1000 - job);
        }

        _meta.Servers.BeforeAnswer = (_, _) =>
        {
            int scans = _meta.Servers.CallsOf("KvScan");
            if (scans is 2 or 4)
            {
                _meta.Servers.Split(MetaKey.ForDdlJob(scans * 100));
                _meta.Servers.Refuse(new Error { ServerIsBusy = new ServerIsBusy() });
            }

            return Task.CompletedTask;
        };

        Assert.Equal(Enumerable.Range(1, 500).Select(job => (long)job).Reverse(), await IdsAsync(0, long.MaxValue));
    }

    [Fact]
    public async Task Dispose_SpillGoes_AndSoDoesThatOfAKilledProcess()
    {
        string left = Path.Combine(_directory.Path, "ddl-history-0123.spill");
        await File.WriteAllTextAsync(left, "left by a killed process", Cancelled);
        _meta.PutJob(1, 10);

        await IdsAsync(0, 10);
        Assert.False(File.Exists(left));
        Assert.Single(Directory.GetFiles(_directory.Path));
        _history.Dispose();

        Assert.Empty(Directory.GetFiles(_directory.Path));
    }

    private static IEnumerable<string> Lines()
    {
        using var lines = new StreamReader(new GZipStream(File.OpenRead(RecordedStream.PathOf("ddl_history_jobs.jsonl.gz")), CompressionMode.Decompress));
        while (lines.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    private static IEnumerable<string> Describe(SchemaTracker tracker) =>
        tracker.UserTables.OrderBy(table => table.Info.Id).Select(table => $"{table} {table.SchemaVersion} {JsonSerializer.Serialize(table.Info)}");

    private static async Task<List<DdlJob>> JobsAsync(ISchemaHistory history, long after, long upTo)
    {
        var jobs = new List<DdlJob>();
        await foreach (DdlJob job in history.JobsAfterAsync(after, upTo, Cancelled))
        {
            jobs.Add(job);
        }

        return jobs;
    }

    private async Task<List<long>> IdsAsync(long after, long upTo) => [.. (await JobsAsync(_history, after, upTo)).Select(job => job.Id)];
}
