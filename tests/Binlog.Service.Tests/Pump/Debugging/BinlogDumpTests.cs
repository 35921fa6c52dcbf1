using System.Buffers;
using System.Net;
using Binlog.RelayLog;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;
using Binlog.Service.Pump.Debugging;
using Binlog.Service.Pump.Sorting;
using Binlog.Service.Pump.Storage.Indexing;
using Binlog.Service.Tests.Pump.Storage;
using Binlog.TiDB.Records;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Pump.Debugging;

public sealed class BinlogDumpTests : IAsyncLifetime
{
    private const ulong StartTs = 470606488562302976;
    private const ulong CommitTs = 470606488562302981;

    private static readonly HttpClient Http = new();

    private readonly TemporaryDirectory _directory = new();
    private readonly ReadSizeFileSystem _files = new();
    private SegmentedLog _log = null!;
    private LoggedBinlogs _binlogs = null!;
    private NodeServer _server = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _log = await SegmentedLog.OpenAsync(new SegmentedLogOptions { Directory = _directory.Combine("log"), FileSystem = _files }, Cancelled);
        _binlogs = new LoggedBinlogs(_log);
        var options = new NodeServerOptions { Key = "test", Listen = new HostPort("127.0.0.1", 0), Endpoints = [BinlogDumpEndpoint.Of(_binlogs)] };
        _server = await NodeServer.StartAsync(options, NullLoggerFactory.Instance, Cancelled);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _log.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Get_CommitTs_ShowsBothRecordsTablesAndRows()
    {
        var value = new PrewriteValueWriter(35);
        value.BeginTable(123);
        value.AddInsert([1, 2, 3]);
        value.AddDelete([4]);
        byte[] prewriteBytes = Prewrite(value);
        LogPosition prewrite = await _binlogs.AppendAsync(prewriteBytes);
        LogPosition commit = await _binlogs.AppendAsync(TestBinlogs.Commit(StartTs, CommitTs));
        _binlogs.Know(PumpRecordKind.Commit, StartTs, CommitTs, prewrite, commit);

        (HttpStatusCode status, string text) = await GetAsync($"{CommitTs}");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.StartsWith($"found: Commit\nstart TS: {StartTs} (2026-", text, StringComparison.Ordinal);
        Assert.Contains($"\ncommit TS: {CommitTs} (2026-", text, StringComparison.Ordinal);
        Assert.Contains($"\nrecord at segment 1, offset {prewrite.Offset}: {prewriteBytes.Length} bytes\n  type: Prewrite\n", text, StringComparison.Ordinal);
        Assert.Contains("\n  prewrite key: 6b\n", text, StringComparison.Ordinal);
        Assert.Contains("schema version 35\n    table 123: 2 rows\n      Insert, 3 bytes: 010203\n      DeleteRow, 1 bytes: 04\n", text, StringComparison.Ordinal);
        Assert.Contains($"\nrecord at segment 1, offset {commit.Offset}: ", text, StringComparison.Ordinal);
        Assert.Contains("\n  type: Commit\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_DdlPrewriteWithoutOutcome_ShowsTheStatement()
    {
        LogPosition prewrite = await _binlogs.AppendAsync(TestBinlogs.DdlPrewrite(StartTs, "create table t (ä int)", jobId: 77, schemaState: 5));
        _binlogs.Know(PumpRecordKind.Prewrite, StartTs, 0, prewrite, default);

        (_, string text) = await GetAsync($"{StartTs}");

        Assert.Contains("\ncommit TS: not known\n", text, StringComparison.Ordinal);
        Assert.Contains("\n  DDL job: 77, schema state 5\n  DDL query: create table t (ä int)\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_ManyRows_IsBounded()
    {
        var value = new PrewriteValueWriter(1);
        value.BeginTable(1);
        for (int row = 0; row < 3000; row++)
        {
            value.AddInsert(new byte[row < 100 ? 300 : 20]);
        }

        LogPosition prewrite = await _binlogs.AppendAsync(Prewrite(value));
        _binlogs.Know(PumpRecordKind.Prewrite, StartTs, 0, prewrite, default);

        (_, string text) = await GetAsync($"{StartTs}");

        Assert.Contains("\n      and 2000 more rows\n", text, StringComparison.Ordinal);
        Assert.InRange(text.Length, (100 * 256) + (900 * 40), (100 * 320) + (900 * 80));
    }

    [Fact]
    public async Task Get_LargeRecord_ReadInPiecesAndOnlyItsBeginningShown()
    {
        byte[] bytes = TestBinlogs.Prewrite(StartTs, padding: 4 << 20);
        LogPosition prewrite = await _binlogs.AppendAsync(bytes);
        _binlogs.Know(PumpRecordKind.Prewrite, StartTs, 0, prewrite, default);
        _files.LargestRead = 0;

        (HttpStatusCode status, string text) = await GetAsync($"{StartTs}");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains($": {bytes.Length} bytes\n  type: Prewrite\n  start TS: {StartTs}\n  commit TS: 0\n  prewrite key: 6b\n", text, StringComparison.Ordinal);
        Assert.Contains("\n  DDL, tables and rows are not shown, because the record has more than 131072 bytes; binlogd inspect dump shows them\n", text, StringComparison.Ordinal);
        Assert.Contains($"\n  bytes: {Convert.ToHexStringLower(bytes.AsSpan(0, 128))}…\n", text, StringComparison.Ordinal);
        Assert.InRange(_files.LargestRead, 1, RecordWindow.LargeBytes);
    }

    [Fact]
    public async Task Get_LargeRecordIsNoBinlog_ShowsTheBeginningAndWhy()
    {
        LogPosition prewrite = await _binlogs.AppendAsync([.. Enumerable.Repeat((byte)0xff, 200_000)]);
        _binlogs.Know(PumpRecordKind.Prewrite, StartTs, 0, prewrite, default);

        (HttpStatusCode status, string text) = await GetAsync($"{StartTs}");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("\n  can't be decoded: ", text, StringComparison.Ordinal);
        Assert.Contains("\n  bytes: ffff", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_PayloadThatDoesNotDecode_ShowsTheBytesAndWhy()
    {
        LogPosition prewrite = await _binlogs.AppendAsync([0x08, 0x09]);
        _binlogs.Know(PumpRecordKind.Prewrite, StartTs, 0, prewrite, default);

        (HttpStatusCode status, string text) = await GetAsync($"{StartTs}");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("\n  can't be decoded: ", text, StringComparison.Ordinal);
        Assert.Contains("\n  bytes: 0809\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("5", HttpStatusCode.NotFound, "not found: this Pump has no binlog of start TS or commit TS 5.")]
    [InlineData("18446744073709551615", HttpStatusCode.NotFound, "not found")]
    [InlineData("-1", HttpStatusCode.BadRequest, "'-1' is not a timestamp")]
    [InlineData("x", HttpStatusCode.BadRequest, "'x' is not a timestamp")]
    public async Task Get_NothingThere_SaysSo(string ts, HttpStatusCode expected, string words)
    {
        (HttpStatusCode status, string text) = await GetAsync(ts);

        Assert.Equal(expected, status);
        Assert.Contains(words, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_RecordIsDamaged_SaysWhere()
    {
        LogPosition prewrite = await _binlogs.AppendAsync(TestBinlogs.Prewrite(StartTs));
        _binlogs.Know(PumpRecordKind.Prewrite, StartTs, 0, prewrite with { Offset = prewrite.Offset + 8 }, default);

        (HttpStatusCode status, string text) = await GetAsync($"{StartTs}");

        Assert.Equal(HttpStatusCode.InternalServerError, status);
        Assert.Contains($"The binlog of {StartTs} can't be read: ", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, HttpStatusCode.ServiceUnavailable)]
    [InlineData(false, HttpStatusCode.InternalServerError)]
    public async Task Get_IndexCannotBeRead_SaysWhy(bool isTransient, HttpStatusCode expected)
    {
        _binlogs.Failure = isTransient ? new IndexReadException("1.idx", new IOException("too many open files")) : new IndexDamagedException("1.idx", "a wrong checksum");

        (HttpStatusCode status, string text) = await GetAsync($"{StartTs}");

        Assert.Equal(expected, status);
        Assert.Contains($"The binlog of {StartTs} can't be read: {_binlogs.Failure.Message}", text, StringComparison.Ordinal);
    }

    private static byte[] Prewrite(PrewriteValueWriter value)
    {
        var bytes = new ArrayBufferWriter<byte>();
        value.WriteTo(bytes);
        var writer = new ArrayBufferWriter<byte>();
        BinlogWriter.WritePrewrite(writer, StartTs, TestBinlogs.Key, bytes.WrittenSpan);
        return writer.WrittenSpan.ToArray();
    }

    private async Task<(HttpStatusCode Status, string Text)> GetAsync(string ts)
    {
        using HttpResponseMessage response = await Http.GetAsync(new Uri($"http://{_server.BoundAddress}/debug/binlog/{ts}"), Cancelled);
        Assert.Equal("text/plain", response.Content.Headers.ContentType?.MediaType);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Cancelled));
    }
}
