using System.Buffers;
using System.Globalization;
using System.Text.RegularExpressions;
using Binlog.RelayLog;
using Binlog.Service.Downstream.Sqlite;
using Binlog.Service.Drainer.Relaying;
using Binlog.Service.Tests.Hosting;
using Binlog.TestKit.Capabilities;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Records;
using Microsoft.Data.Sqlite;

namespace Binlog.Service.Tests.Drainer.Applying;

/// <summary>
/// The most memory that a process takes which applies one large transaction from a relay log: 160 MB of binlog, with BINLOG_LONG=1 as much as a record
/// of the log can hold, and within the same limit.
/// </summary>
public sealed partial class LargeMemoryTests(ITestOutputHelper output)
{
    private const int RowBytes = 1000;
    private const int LimitMebibytes = 256;
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private static int BinlogBytes => LongRun.IsOn ? 2_147_000_000 : 160_000_000;

    [Fact]
    public async Task RelayApply_TransactionLargerThanTheLimit_StaysWithinIt()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Peak memory is read from /proc.");
        using var files = new TemporaryDirectory();
        using var table = new KeyedTable();
        await table.WriteAsync();
        int rows = await AppendAsync(table.Relay.Log);
        await table.Relay.DisposeAsync();

        long peak = 0;
        await using BinlogdProcess process = BinlogdProcess.Start(
            files.Path,
            "relay",
            "apply",
            $"--dataDir={Path.GetDirectoryName(table.RelayPath)}",
            "--cluster:id=1",
            $"--drainer:schemaHistory:path={table.HistoryFile}",
            "--drainer:downstream:type=sqlite",
            $"--drainer:downstream:file={files.Combine("target.db")}");
        while (!process.HasExited)
        {
            peak = Math.Max(peak, PeakBytes(process.Id));
            await Task.Delay(TimeSpan.FromMilliseconds(5), Token);
        }

        Assert.Equal(0, await process.WaitForExitAsync());
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{BinlogBytes} bytes, {rows} rows: peak {peak >> 20} MiB"));
        Assert.Equal(rows.ToString(CultureInfo.InvariantCulture), Count(files.Combine("target.db")));
        Assert.InRange(peak, 1, (long)LimitMebibytes << 20);
        Assert.True(2L * BinlogBytes > (long)LimitMebibytes << 20, "Holding the transaction and its rows fits the limit, so this test says nothing.");
    }

    private static string? Count(string file)
    {
        using SqliteDatabase database = SqliteDatabase.Open(file, SqliteOpenMode.ReadOnly, TimeSpan.FromSeconds(5));
        return database.QueryText("SELECT COUNT(*) FROM \"large.t\"");
    }

    private static async Task<int> AppendAsync(SegmentedLog log)
    {
        (byte[] payload, int rows) = Compose();
        await log.AppendAsync(new RecordTag((ushort)RelayRecordKind.Transaction, 199, 200), payload, Token);
        return rows;
    }

    /// <summary>Inserts into the table, as TiDB writes them; put together by hand, for it is as large as an array can be without trouble.</summary>
    private static (byte[] Payload, int Rows) Compose()
    {
        var body = new byte[BinlogBytes];
        int length = 0;
        int rows = 0;
        var row = new ArrayBufferWriter<byte>();
        Put([0x08, 101]);
        for (; length < BinlogBytes - (4 * RowBytes) - (2 * rows); rows++)
        {
            row.ResetWrittenCount();
            var writer = new RowWriter(row);
            writer.WriteHandle(rows + 1);
            writer.WriteInt64(2, rows + 1);
            writer.WriteNull(3);
            writer.WriteBytes(4, Text(rows));
            writer.Complete();
            Put([0x12]);
            PutVarint(row.WrittenCount);
            Put(row.WrittenSpan);
        }

        for (int index = 0; index < rows; index++)
        {
            Put([0x38, 0]);
        }

        var head = new ArrayBufferWriter<byte>();
        BinlogWriter.WriteCommit(head, 199, 200, "t"u8);
        int valueLength = 2 + 1 + Varint.SizeOf((ulong)length) + length;
        head.Write<byte>([0x2a]);
        Varint.WriteUnsigned(head, (ulong)valueLength);
        head.Write<byte>([0x08, 2, 0x12]);
        Varint.WriteUnsigned(head, (ulong)length);
        return ([.. head.WrittenSpan, .. body.AsSpan(0, length)], rows);

        void Put(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(body.AsSpan(length));
            length += bytes.Length;
        }

        void PutVarint(int value)
        {
            var bytes = new ArrayBufferWriter<byte>(16);
            Varint.WriteUnsigned(bytes, (ulong)value);
            Put(bytes.WrittenSpan);
        }
    }

    private static byte[] Text(int row)
    {
        byte[] text = new byte[RowBytes];
        text.AsSpan().Fill((byte)('a' + (row % 26)));
        return text;
    }

    private static long PeakBytes(int processId)
    {
        try
        {
            Match peak = Peak().Match(File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/status")));
            return peak.Success ? long.Parse(peak.Groups[1].ValueSpan, CultureInfo.InvariantCulture) * 1024 : 0;
        }
        catch (IOException)
        {
            // It has just ended.
            return 0;
        }
    }

    [GeneratedRegex(@"VmHWM:\s+(\d+) kB")]
    private static partial Regex Peak();
}
