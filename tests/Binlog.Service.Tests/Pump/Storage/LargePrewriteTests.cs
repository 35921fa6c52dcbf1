using System.Buffers;
using Binlog.RelayLog;
using Binlog.Service.Hosting;
using Binlog.Service.Pump.Reading;
using Binlog.Service.Pump.Storage;
using Binlog.TiDB.Records;

namespace Binlog.Service.Tests.Pump.Storage;

/// <summary>A prewrite may be as long as the largest message, so nobody reads one at once (decision 22).</summary>
public sealed class LargePrewriteTests : IDisposable
{
    private const int Bytes = 8 << 20;

    private readonly TemporaryDirectory _directory = new();
    private readonly ReadSizeFileSystem _files = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task ReadPrewriteKey_LargePrewrite_ReadInPieces()
    {
        await using PumpStore store = await OpenWithLargeAsync();

        byte[] key = store.ReadPrewriteKey(store.ListUndecided(1)[0]);

        Assert.Equal(TestBinlogs.Key, key);
        Assert.InRange(_files.LargestRead, 1, RecordWindow.LargeBytes);
    }

    [Fact]
    public async Task DecideAsync_CommitOfALargePrewrite_ReadInPiecesAndServed()
    {
        await using PumpStore store = await OpenWithLargeAsync();

        await store.DecideAsync(new TransactionDecision(5, 9, "ann", "seen", DateTimeOffset.UnixEpoch));
        await store.ReachAsync(9);

        Assert.Equal([9ul], store.ReadAll());
        byte[] commit = store.Open(store.Find(9)!.Commit).ReadWhole();
        Assert.Equal(TestBinlogs.Key, BinlogHeader.Parse(commit).PrewriteKey.Of(commit));
        Assert.InRange(_files.LargestRead, 1, 2 * RecordWindow.LargeBytes);
    }

    [Fact]
    public async Task OpenAsync_LastRecordOfTheCheckpointIsLarge_ReadInPieces()
    {
        await (await OpenWithLargeAsync()).DisposeAsync();
        var logger = new RecordingLogger();
        _files.LargestRead = 0;

        await using PumpStore store = await StoreDriver.OpenSmallAsync(_directory.Path, _files, logger: logger);

        Assert.Equal(5ul, Assert.Single(store.ListUndecided(10)).StartTs);
        Assert.InRange(_files.LargestRead, 1, Bytes / 2);
        Assert.Empty(logger.Warnings);
    }

    [Fact]
    public async Task Read_EnvelopeIsLongToo_Refused()
    {
        await using PumpStore store = await StoreDriver.OpenSmallAsync(_directory.Path);
        var writer = new ArrayBufferWriter<byte>();
        BinlogWriter.WritePrewrite(writer, 5, new byte[RecordWindow.LargeBytes], "value"u8);
        await store.WriteAsync(writer.WrittenSpan.ToArray());
        await store.SettleAsync();

        var exception = Assert.Throws<ServiceException>(() => BinlogEnvelope.Read(store.Open(store.ListUndecided(1)[0].Prewrite)));

        Assert.Contains("more than 131072 bytes besides its rows", exception.Message, StringComparison.Ordinal);
    }

    private async Task<PumpStore> OpenWithLargeAsync()
    {
        PumpStore store = await StoreDriver.OpenSmallAsync(_directory.Path, _files);
        await store.WriteAsync(TestBinlogs.Prewrite(5, Bytes));
        await store.SettleAsync();
        _files.LargestRead = 0;
        return store;
    }
}
