using Binlog.RelayLog;
using Binlog.Service.Drainer;
using Binlog.Service.Drainer.Collecting;
using Binlog.Service.Drainer.Memory;
using Binlog.Service.Drainer.Merging;
using Binlog.Service.Drainer.Relaying;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Drainer.Spooling;
using Binlog.Service.Tests.Drainer.Collecting;
using Binlog.Service.Tests.Drainer.Merging;
using Binlog.Service.Tests.Drainer.Schema;
using Binlog.Service.Tests.Drainer.Translating;
using Binlog.TestKit.Capabilities;
using Binlog.TiDB.Schema;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Drainer.Relaying;

/// <summary>Transactions larger than memory, from a Pump's port to the relay log. Alone in the process, because what the process allocates is counted.</summary>
[CollectionDefinition(nameof(LargeTransactionTests), DisableParallelization = true)]
[Collection(nameof(LargeTransactionTests))]
public sealed class LargeTransactionTests : IDisposable
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private readonly FullableFileSystem _files;
    private readonly RelayFolder _folder;
    private readonly ITestOutputHelper _output;

    public LargeTransactionTests(ITestOutputHelper output)
    {
        _output = output;
        _files = new FullableFileSystem();
        _folder = new RelayFolder { Files = _files, MaxBytes = 1L << 40 };
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>
    /// 200 MB with a quota of 64 MiB; with BINLOG_LONG=1 the largest message that gRPC can carry. What is allocated while it goes through, by the
    /// Pump's end of the connection too, is a fraction of it; so nothing ever had it as a whole.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Relay_TransactionLargerThanTheQuota_IsInTheRelayLogByteForByte(bool compress)
    {
        const long Quota = 64 << 20;
        int bytes = compress ? 70_000_000 : LongRun.IsOn ? int.MaxValue - 60 : 200_000_000;
        await using Relay relay = await _folder.OpenAsync();
        DrainerMemory plan = DrainerMemory.Of(Quota, 4);
        var memory = new SourceMemory(new SourceBudget(plan.Sources, plan.LargestInline), relay.Spool);
        LargeBinlog[] sent = [new LargeBinlog(20, 1000), new LargeBinlog(30, bytes), new LargeBinlog(40, 2000)];
        await using ScriptedPump pump = await ScriptedPump.StartAsync(compress, sent);
        await using var run = new MergeRun(startTs: 10) { Memory = memory };
        RelayWriter writer = Writer(relay);
        await writer.StartAtAsync(10, Token);
        long before = GC.GetTotalAllocatedBytes(precise: true);

        await run.AddAsync("p1", new GrpcBinlogPuller(pump.Address, 1, compress: false, memory));
        var batch = new List<MergedBinlog>();
        while (relay.LastCommitTs < 40)
        {
            batch.Clear();
            await run.Merger.ReadBatchAsync(batch, plan.MergeBatch, Token);
            await writer.WriteAsync(batch, Token);
        }

        long allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        _output.WriteLine($"{bytes} bytes: {allocated >> 20} MiB allocated; this process, which is the Pump too, took {Environment.WorkingSet >> 20} MiB at the end.");
        if (!compress)
        {
            Assert.InRange(allocated, 0, bytes / 4);
        }

        Assert.Equal(1, relay.Spool.Count);
        Assert.Equal(0, relay.Spool.Files);
        AssertRecords(relay, sent);
    }

    [Fact]
    public async Task Relay_CopyOfALargeTransactionFromAnotherPump_GoesOutOnce()
    {
        await using Relay relay = await _folder.OpenAsync();
        var memory = new SourceMemory(new SourceBudget(8 << 20, 100_000), relay.Spool);
        LargeBinlog[] first = [new LargeBinlog(30, 700_000, "key"), new LargeBinlog(40, 10)];
        LargeBinlog[] second = [new LargeBinlog(30, 700_000, ""), new LargeBinlog(41, 10)];
        await using ScriptedPump one = await ScriptedPump.StartAsync(compress: false, first);
        await using ScriptedPump other = await ScriptedPump.StartAsync(compress: false, second);
        await using var run = new MergeRun(startTs: 10) { Memory = memory };
        await run.AddAsync("p1", new GrpcBinlogPuller(one.Address, 1, compress: false, memory));
        await run.AddAsync("p2", new GrpcBinlogPuller(other.Address, 1, compress: false, memory));

        List<MergedBinlog> merged = await run.ReadToAsync(40);

        Assert.Equal([30UL, 40], merged.Select(binlog => binlog.CommitTs));
        Assert.Equal(1, run.Merger.RepeatedTransactions);
        Assert.Equal(1, relay.Spool.Files);
        merged[0].Spool!.Release();
        Assert.Equal(0, relay.Spool.Files);
    }

    [Theory]
    [InlineData(700_000, 700_001, "with different rows (700000 and 700001 bytes)")]
    [InlineData(700_000, 50, "with different rows (700000 and 50 bytes)")]
    public async Task Relay_AnotherPumpHasOtherRows_StopsTheDrainer(int bytes, int otherBytes, string difference)
    {
        await using Relay relay = await _folder.OpenAsync();
        var memory = new SourceMemory(new SourceBudget(8 << 20, 100_000), relay.Spool);
        await using ScriptedPump one = await ScriptedPump.StartAsync(compress: false, new LargeBinlog(30, bytes), new LargeBinlog(40, 10));
        await using ScriptedPump other = await ScriptedPump.StartAsync(compress: false, new LargeBinlog(30, otherBytes), new LargeBinlog(41, 10));
        await using var run = new MergeRun(startTs: 10) { Memory = memory };
        await run.AddAsync("p1", new GrpcBinlogPuller(one.Address, 1, compress: false, memory));
        await run.AddAsync("p2", new GrpcBinlogPuller(other.Address, 1, compress: false, memory));

        DrainerException error = await Assert.ThrowsAsync<DrainerException>(() => run.ReadToAsync(40));
        Assert.True(error.Message.Contains(difference, StringComparison.Ordinal) || error.Message.Contains($"({otherBytes} and {bytes} bytes)", StringComparison.Ordinal), error.Message);
    }

    [Fact]
    public async Task DescribeDifference_OneByteOfTheRowsInAFile_IsNoticed()
    {
        await using Relay relay = await _folder.OpenAsync();
        byte[] bytes = new LargeBinlog(30, 300_000).ToArray();
        SpooledBinlog spooled = await SpoolAsync(relay, bytes);
        var inFile = new MergedBinlog(30, 29, false, default, "p1") { Spool = spooled };
        Assert.Null(TransactionCopies.DescribeDifference(inFile, new PulledBinlog(30, 29, false, bytes)));
        Assert.Null(TransactionCopies.DescribeDifference(inFile, PulledBinlog.Of(spooled)));
        bytes[^1] ^= 1;

        Assert.Contains("different rows", TransactionCopies.DescribeDifference(inFile, new PulledBinlog(30, 29, false, bytes)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_LargeDdl_TheJobGoesWithIt()
    {
        byte[] json = "{\"id\":1009,\"type\":3}"u8.ToArray();
        await using Relay relay = await _folder.OpenAsync();
        DdlJob job = Definitions.Job(9, DdlActionType.CreateTable, 1, 2);
        byte[] binlog = BinlogBuilder.Ddl(20, job, "CREATE TABLE t (a INT) /* " + new string('x', 300_000) + " */").ToArray();

        await Writer(relay, new OneJob(job, json)).WriteAsync([Merged(await SpoolAsync(relay, binlog))], Token);

        using LogReader reader = relay.Log.OpenReader(default);
        Assert.True(reader.TryRead(out LogRecord record));
        Assert.Equal((ushort)RelayRecordKind.Ddl, record.Tag.Kind);
        (ReadOnlyMemory<byte> storedJob, ReadOnlyMemory<byte> storedBinlog) = RelayDdl.Split(record.Payload, 20);
        Assert.Equal(json, storedJob.ToArray());
        Assert.Equal(binlog, storedBinlog.ToArray());
        Assert.Equal(0, relay.Spool.Files);
    }

    [Fact]
    public async Task Write_SequenceValueInAFile_IsAWatermark()
    {
        await using Relay relay = await _folder.OpenAsync();
        DdlJob job = Definitions.Job(9, DdlActionType.CreateTable, 1, 2);
        byte[] binlog = BinlogBuilder.Ddl(20, job, "\n select setval(`s`.`q`, 1000)").ToArray();

        await Writer(relay).WriteAsync([Merged(await SpoolAsync(relay, binlog))], Token);

        Assert.Equal([(RelayRecordKind.Watermark, 20UL)], RelayFolder.Records(relay));
        Assert.Equal(0, relay.Spool.Files);
    }

    [Fact]
    public async Task Write_FileChangedOnTheDisk_NothingIsAppendedAndItSaysSo()
    {
        await using Relay relay = await _folder.OpenAsync();
        RelayWriter writer = Writer(relay);
        await writer.StartAtAsync(10, Token);
        SpooledBinlog spooled = await SpoolAsync(relay, new LargeBinlog(30, 300_000).ToArray());
        using (FileStream file = File.Open(Directory.EnumerateFiles(relay.Spool.Directory).Single(), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            file.Position = 100_000;
            file.Write("other"u8);
        }

        PayloadSourceException error = await Assert.ThrowsAsync<PayloadSourceException>(() => writer.WriteAsync([Merged(spooled)], Token));
        Assert.Contains("has changed since it was received", error.Message, StringComparison.Ordinal);
        Assert.Equal([(RelayRecordKind.Start, 10UL)], RelayFolder.Records(relay));
        Assert.Equal(10UL, relay.LastCommitTs);
    }

    /// <summary>The relay log is full when the file is copied into it: it waits, and goes on when there is space.</summary>
    [Fact]
    public async Task Write_DiskFullAtTheRelayLog_WaitsAndGoesOn()
    {
        await using Relay relay = await _folder.OpenAsync();
        var writer = new RelayWriter(relay, new FakeSchemaHistory(), new InstantTimeProvider(), NullLogger.Instance);
        await writer.StartAtAsync(10, Token);
        var binlog = new LargeBinlog(30, 3_000_000);
        SpooledBinlog spooled = await SpoolAsync(relay, binlog.ToArray());
        _files.IsFull = true;
        Task writing = writer.WriteAsync([Merged(spooled)], Token);
        while (relay.Failure is null)
        {
            Assert.False(writing.IsCompleted, "the write ended");
            await Task.Yield();
        }

        _files.IsFull = false;
        await writing;

        AssertRecords(relay, [binlog]);
    }

    /// <summary>Each try would fill the disk up, and whoever shares it would find it full.</summary>
    [Fact]
    public async Task Write_DiskHasNoRoomForALargeRecord_IsTriedAgainOnlyWhenItHas()
    {
        await using Relay relay = await _folder.OpenAsync();
        (long free, int looks) = (0, 0);
        var writer = new RelayWriter(relay, new FakeSchemaHistory(), new InstantTimeProvider(), NullLogger.Instance)
        {
            MeasureFree = () =>
            {
                Interlocked.Increment(ref looks);
                return Interlocked.Read(ref free);
            },
        };
        await writer.StartAtAsync(10, Token);
        var binlog = new LargeBinlog(30, 5_000_000);
        SpooledBinlog spooled = await SpoolAsync(relay, binlog.ToArray());
        _files.IsFull = true;
        Task writing = writer.WriteAsync([Merged(spooled)], Token);
        while (Volatile.Read(ref looks) == 0)
        {
            await Task.Yield();
        }

        int refusals = _files.Refusals;
        while (Volatile.Read(ref looks) < 50)
        {
            await Task.Yield();
        }

        Assert.Equal(refusals, _files.Refusals);
        _files.IsFull = false;
        Interlocked.Exchange(ref free, 1 << 30);
        await writing;
        AssertRecords(relay, [binlog]);
    }

    /// <summary>The status shows what fails while a binlog is received, as it shows what fails while one is appended.</summary>
    [Fact]
    public async Task Failure_DiskFullAtTheSpool_IsTheRelaysToo()
    {
        await using Relay relay = await _folder.OpenAsync();
        _files.IsFull = true;
        using var cancel = new CancellationTokenSource();
        Task spooling = relay.Spool.BeginAsync(cancel.Token).AsTask();
        while (relay.Failure is null)
        {
            await Task.Yield();
        }

        Assert.Contains("The disk is full", relay.Failure, StringComparison.Ordinal);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => spooling);
    }

    private static MergedBinlog Merged(SpooledBinlog spooled) => new(spooled.Header.CommitTs, spooled.Header.StartTs, false, default, "p1") { Spool = spooled };

    private static async Task<SpooledBinlog> SpoolAsync(Relay relay, byte[] bytes)
    {
        using SpoolWriter writer = await relay.Spool.BeginAsync(Token);
        await writer.AppendAsync(bytes, Token);
        return writer.Finish();
    }

    /// <summary>After the start record just these, read in pieces and checked.</summary>
    private static void AssertRecords(Relay relay, LargeBinlog[] binlogs)
    {
        LogPosition position = relay.Log.FindAt(relay.Log.Start)!.End;
        byte[] piece = new byte[1 << 20];
        foreach (LargeBinlog binlog in binlogs)
        {
            LargeRecord record = relay.Log.FindAt(position)!;
            Assert.Equal(((ushort)RelayRecordKind.Transaction, binlog.CommitTs - 1, binlog.CommitTs), (record.Tag.Kind, record.Tag.StartTs, record.Tag.CommitTs));
            Assert.True(binlog.IsEqual(record.Length, record.Read), $"{binlog.CommitTs}");
            LargeRecordCheck check = record.BeginCheck();
            for (int done = 0; done < record.Length;)
            {
                Span<byte> part = piece.AsSpan(0, Math.Min(piece.Length, record.Length - done));
                record.Read(part, done);
                check.Add(part);
                done += part.Length;
            }

            check.Verify();
            position = record.End;
        }

        Assert.Null(relay.Log.FindAt(position));
    }

    private static RelayWriter Writer(Relay relay, ISchemaHistory? history = null) =>
        new(relay, history ?? new FakeSchemaHistory(), TimeProvider.System, NullLogger.Instance);

    private sealed class OneJob(DdlJob job, byte[] json) : ISchemaHistory
    {
        public Task<SchemaHistoryEntry?> FindAsync(long jobId, CancellationToken cancellationToken) =>
            Task.FromResult(jobId == job.Id ? new SchemaHistoryEntry(job, json) : null);

        public IAsyncEnumerable<DdlJob> JobsAfterAsync(long schemaVersion, long upToVersion, CancellationToken cancellationToken) => AsyncEnumerable.Empty<DdlJob>();
    }
}
