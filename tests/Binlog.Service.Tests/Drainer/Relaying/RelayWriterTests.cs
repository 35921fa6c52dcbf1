using Binlog.RelayLog;
using Binlog.Service.Drainer;
using Binlog.Service.Drainer.Relaying;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Tests.Drainer.Schema;
using Binlog.Service.Tests.Drainer.Translating;
using Binlog.TiDB.Schema;
using Microsoft.Extensions.Logging.Abstractions;
using static Binlog.Service.Tests.Drainer.Relaying.RelayFolder;

namespace Binlog.Service.Tests.Drainer.Relaying;

public sealed class RelayWriterTests : IDisposable
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private readonly FullableFileSystem _files = new();
    private readonly RelayFolder _folder;
    private readonly InstantTimeProvider _time = new();

    public RelayWriterTests() => _folder = new RelayFolder { Files = _files };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Write_FakesInARow_KeepsOnlyTheLastOfABatch()
    {
        await using Relay relay = await _folder.OpenAsync();
        RelayWriter writer = Writer(relay);
        await writer.StartAtAsync(10, Token);
        await writer.WriteAsync([Watermark(11), Watermark(12), Transaction(13), Watermark(14), Transaction(15), Watermark(16), Watermark(17)], Token);
        await writer.WriteAsync([Watermark(18), Watermark(19)], Token);

        Assert.Equal(
            [
                (RelayRecordKind.Start, 10UL), (RelayRecordKind.Transaction, 13UL), (RelayRecordKind.Transaction, 15UL),
                (RelayRecordKind.Watermark, 17UL), (RelayRecordKind.Watermark, 19UL),
            ],
            Records(relay));
        Assert.Equal(19UL, relay.LastCommitTs);
    }

    [Fact]
    public async Task Write_Ddl_TheJobGoesWithIt()
    {
        byte[] json = "{\"id\":1009,\"type\":3}"u8.ToArray();
        await using Relay relay = await _folder.OpenAsync();
        DdlJob job = Definitions.Job(9, DdlActionType.CreateTable, 1, 2);
        ReadOnlyMemory<byte> binlog = BinlogBuilder.Ddl(20, job, "CREATE TABLE t (a INT)");
        await Writer(relay, new LateHistory(job, json, misses: 0)).WriteAsync([Transaction(binlog)], Token);

        using LogReader reader = relay.Log.OpenReader(default);
        Assert.True(reader.TryRead(out LogRecord record));
        (ReadOnlyMemory<byte> storedJob, ReadOnlyMemory<byte> storedBinlog) = RelayDdl.Split(record.Payload, 20);
        Assert.Equal(json, storedJob.ToArray());
        Assert.Equal(binlog.ToArray(), storedBinlog.ToArray());
    }

    /// <summary>A live cluster enters a job some time after its binlog, as long as one of its servers takes to learn the schema.</summary>
    [Fact]
    public async Task Write_JobOfALiveHistoryThatShowsUpVeryLate_IsWaitedFor()
    {
        await using Relay relay = await _folder.OpenAsync();
        DdlJob job = Definitions.Job(9, DdlActionType.CreateTable, 1, 2);
        var history = new LateHistory(job, "{}"u8.ToArray(), misses: 100) { GrowsByItself = true };

        await Writer(relay, history).WriteAsync([Transaction(BinlogBuilder.Ddl(20, job, "CREATE TABLE t (a INT)"))], Token);

        Assert.Equal([(RelayRecordKind.Ddl, 20UL)], Records(relay));
        Assert.Null(relay.Failure);
    }

    [Fact]
    public async Task Write_JobThatShowsUpLate_IsAskedForAgain()
    {
        await using Relay relay = await _folder.OpenAsync();
        DdlJob job = Definitions.Job(9, DdlActionType.CreateTable, 1, 2);
        await Writer(relay, new LateHistory(job, "{}"u8.ToArray(), misses: 15)).WriteAsync([Transaction(BinlogBuilder.Ddl(20, job, "CREATE TABLE t (a INT)"))], Token);

        Assert.Equal([(RelayRecordKind.Ddl, 20UL)], Records(relay));
        Assert.Equal(15, _time.Waits);
    }

    [Fact]
    public async Task Write_JobThatIsMissing_EndsBeforeItAndNamesIt()
    {
        await using Relay relay = await _folder.OpenAsync();
        RelayWriter writer = Writer(relay);
        await writer.StartAtAsync(10, Token);
        DdlJob job = Definitions.Job(9, DdlActionType.CreateTable, 1, 2);

        DrainerException error = await Assert.ThrowsAsync<DrainerException>(
            () => writer.WriteAsync([Transaction(15), Transaction(BinlogBuilder.Ddl(20, job, "CREATE TABLE t (a INT)"))], Token));
        Assert.Contains($"DDL job {job.Id} at commit TS 20 (from Pump p1)", error.Message, StringComparison.Ordinal);
        Assert.Equal([(RelayRecordKind.Start, 10UL)], Records(relay));
        Assert.Equal(10UL, relay.LastCommitTs);
    }

    [Fact]
    public async Task Write_DiskFull_WaitsSaysSoAndGoesOnWhenThereIsSpace()
    {
        await using Relay relay = await _folder.OpenAsync();
        RelayWriter writer = Writer(relay);
        await writer.StartAtAsync(10, Token);
        _files.IsFull = true;
        Task writing = writer.WriteAsync([Transaction(15), Transaction(16)], Token);
        while (relay.Failure is null)
        {
            Assert.False(writing.IsCompleted, "the write ended");
            await Task.Yield();
        }

        Assert.Contains("disk is full", relay.Failure, StringComparison.Ordinal);
        Assert.Equal(10UL, relay.LastCommitTs);
        _files.IsFull = false;
        await writing;

        Assert.Null(relay.Failure);
        Assert.Equal([(RelayRecordKind.Start, 10UL), (RelayRecordKind.Transaction, 15UL), (RelayRecordKind.Transaction, 16UL)], Records(relay));
        Assert.Equal(16UL, relay.LastCommitTs);
    }

    private RelayWriter Writer(Relay relay, ISchemaHistory? history = null) => new(relay, history ?? new FakeSchemaHistory(), _time, NullLogger.Instance);

    private sealed class LateHistory(DdlJob job, byte[] json, int misses) : ISchemaHistory
    {
        private int _misses = misses;

        public bool GrowsByItself { get; init; }

        public Task<SchemaHistoryEntry?> FindAsync(long jobId, CancellationToken cancellationToken) =>
            Task.FromResult(jobId == job.Id && _misses-- <= 0 ? new SchemaHistoryEntry(job, json) : null);

        public IAsyncEnumerable<DdlJob> JobsAfterAsync(long schemaVersion, long upToVersion, CancellationToken cancellationToken) => AsyncEnumerable.Empty<DdlJob>();
    }
}
