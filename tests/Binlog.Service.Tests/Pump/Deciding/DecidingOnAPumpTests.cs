using System.Net.Http.Json;
using System.Text.Json;
using Binlog.RelayLog;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;
using Binlog.Service.Pump.Sorting;
using Binlog.Service.Tests.Pump.Serving;
using Binlog.Service.Tests.Pump.Storage;
using Binlog.TestKit.Waiting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Pump.Deciding;

/// <summary>An operator decides on a whole Pump node, over its own port.</summary>
public sealed class DecidingOnAPumpTests : IDisposable
{
    private static readonly HttpClient Http = new();

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("commit/8", new ulong[] { 8, 9 })]
    [InlineData("rollback", new ulong[] { 9 })]
    public async Task Put_PrewriteWithoutOutcome_OrderGoesOnAlsoAfterARestart(string outcome, ulong[] pulled)
    {
        await using (BinlogHost host = await StartAsync(warnAfter: TimeSpan.Zero))
        {
            await WriteAsync(host, TestBinlogs.Prewrite(5), TestBinlogs.Prewrite(6), TestBinlogs.Commit(6, 9));
            JsonElement held = await HeldAsync(host, 5, waiting: 1);
            Assert.Equal("outcome", held.GetProperty("waitsFor").GetString());
            Assert.Contains("waits for the outcome of the transaction of start TS 5", await StatusErrorAsync(host), StringComparison.Ordinal);

            await DecideAsync(host, $"5/{outcome}");

            Assert.Equal(pulled, await PullAsync(host, 9));
            Assert.Equal("", await StatusErrorAsync(host));
        }

        await using (BinlogHost again = await StartAsync())
        {
            Assert.Equal(pulled, await PullAsync(again, 9));
        }

        Assert.Equal(("anna", "seen in TiKV"), await NoteAsync());
    }

    /// <summary>On a busy Pump there is always some transaction under way.</summary>
    [Fact]
    public async Task Status_OrderHeldForAMoment_IsNoError()
    {
        await using BinlogHost host = await StartAsync();
        await WriteAsync(host, TestBinlogs.Prewrite(5), TestBinlogs.Prewrite(6), TestBinlogs.Commit(6, 9));
        await HeldAsync(host, 5, waiting: 1);

        Assert.Equal("", await StatusErrorAsync(host));
    }

    [Fact]
    public async Task Put_CommitWithoutPrewrite_GivenUpAlsoAfterARestart()
    {
        await using (BinlogHost host = await StartAsync())
        {
            await WriteAsync(host, TestBinlogs.Commit(5, 8), TestBinlogs.Prewrite(6), TestBinlogs.Commit(6, 9));
            JsonElement held = await HeldAsync(host, 5, waiting: 1);
            Assert.Equal(("prewrite", 8UL), (held.GetProperty("waitsFor").GetString(), held.GetProperty("commitTs").GetUInt64()));

            await DecideAsync(host, "5/rollback");

            Assert.Equal([9UL], await PullAsync(host, 9));
        }

        await using BinlogHost again = await StartAsync();
        Assert.Equal([9UL], await PullAsync(again, 9));
    }

    /// <summary>Under load there is always an undecided prewrite; what holds the order must be named all the same.</summary>
    [Fact]
    public async Task List_CommitWithoutPrewriteAndYoungerPrewrites_CommitIsWhatIsHeld()
    {
        await using BinlogHost host = await StartAsync();
        await WriteAsync(host, TestBinlogs.Commit(5, 8), TestBinlogs.Fake(9), TestBinlogs.Prewrite(10));

        Assert.Equal("prewrite", (await HeldAsync(host, 5, waiting: 0)).GetProperty("waitsFor").GetString());
    }

    private static async Task WriteAsync(BinlogHost host, params byte[][] binlogs)
    {
        using var connection = new PumpConnection(host.Pump!.Address.Address);
        foreach (byte[] binlog in binlogs)
        {
            await connection.WriteAsync(binlog);
        }
    }

    private static async Task<JsonElement> HeldAsync(BinlogHost host, ulong startTs, int waiting)
    {
        JsonElement held = default;
        await Eventually.HoldsAsync(
            $"the order waits for start TS {startTs}, and is otherwise sorted",
            async () =>
            {
                JsonElement list = JsonElement.Parse(await Http.GetStringAsync(Uri(host, "/transactions"), Cancelled));
                held = list.GetProperty("held");
                return held.ValueKind == JsonValueKind.Object && held.GetProperty("startTs").GetUInt64() == startTs && held.GetProperty("waitingTransactions").GetInt32() == waiting
                    && list.GetProperty("undecidedCount").GetInt32() == (waiting == 0 || held.GetProperty("commitTs").GetUInt64() == 0 ? 1 : 0);
            },
            Cancelled);
        return held;
    }

    private static async Task<string?> StatusErrorAsync(BinlogHost host) =>
        JsonElement.Parse(await Http.GetStringAsync(Uri(host, "/status"), Cancelled)).GetProperty("ErrMsg").GetString();

    private static async Task DecideAsync(BinlogHost host, string decision)
    {
        using HttpResponseMessage response = await Http.PutAsJsonAsync(Uri(host, $"/transactions/{decision}"), new { by = "anna", reason = "seen in TiKV" }, Cancelled);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancelled));
    }

    private static async Task<List<ulong>> PullAsync(BinlogHost host, ulong upTo)
    {
        using var connection = new PumpConnection(host.Pump!.Address.Address);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var transactions = new List<ulong>();
        await foreach ((ulong startTs, ulong commitTs) in connection.PullAsync(0, stop.Token))
        {
            if (startTs != commitTs)
            {
                transactions.Add(commitTs);
            }

            if (commitTs >= upTo)
            {
                return transactions;
            }
        }

        throw new InvalidOperationException("The Pump has ended the pull.");
    }

    private static Uri Uri(BinlogHost host, string path) => new($"http://{host.Pump!.Address.Address}{path}");

    private Task<BinlogHost> StartAsync(TimeSpan? warnAfter = null) => BinlogHost.StartAsync(
        new HostOptions
        {
            DataDir = _directory.Path,
            NodeId = "pump-1",
            Cluster = new ClusterOptions { Id = StoreDriver.ClusterId },
            Pump = new PumpOptions { Listen = new HostPort("127.0.0.1", 0), StopWriteAtAvailableSpaceBytes = 0, HeldOrderWarning = warnAfter ?? TimeSpan.FromHours(1) },
        },
        TimeProvider.System,
        NullLoggerFactory.Instance,
        Cancelled);

    private async Task<(string?, string?)> NoteAsync()
    {
        var options = new SegmentedLogOptions { Directory = _directory.Combine("pump"), Name = "pump store", ClusterId = StoreDriver.ClusterId };
        await using SegmentedLog log = await SegmentedLog.OpenAsync(options, Cancelled);
        using LogReader reader = log.OpenReader(log.Start);
        while (reader.TryRead(out LogRecord record))
        {
            if (record.Tag.Kind == (ushort)PumpRecordKind.Note)
            {
                JsonElement note = JsonElement.Parse(record.Payload.Span);
                return (note.GetProperty("by").GetString(), note.GetProperty("reason").GetString());
            }
        }

        return default;
    }
}
