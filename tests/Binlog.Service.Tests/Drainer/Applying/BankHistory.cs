using Binlog.MySql;
using Binlog.Service.Commands.Bench;
using Binlog.Service.Drainer.Merging;
using Binlog.Service.Drainer.Relaying;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Tests.Downstream.MySql;
using Binlog.Service.Tests.Drainer.Relaying;
using Binlog.Service.Tests.Drainer.Translating;
using Binlog.TiDB.Schema;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Drainer.Applying;

/// <summary>
/// A relay log with transfers among accounts, each of which also writes its number into one row and inserts a row of its own; and what the table
/// must hold after any number of them.
/// </summary>
internal sealed class BankHistory : IDisposable
{
    private const int CounterId = 1000;
    private const int FirstTransferId = 2000;

    private readonly RelayFolder _folder = new();
    private readonly TemporaryDirectory _files = new();
    private readonly int _accounts;
    private readonly int _seed;
    private readonly List<int[]> _balances = [];
    private Relay? _relay;

    public BankHistory(int accounts, int transfers, int seed)
    {
        _accounts = accounts;
        Transfers = transfers;
        _seed = seed;
        File.WriteAllLines(_files.Combine("jobs.jsonl"), [BenchTable.DatabaseJob(10), BenchTable.TableJob(20)]);
        History = new FileSchemaHistory(_files.Combine("jobs.jsonl"));
    }

    public int Transfers { get; }

    public FileSchemaHistory History { get; }

    public Relay Relay => _relay ?? throw new InvalidOperationException("Nothing is written yet.");

    public ulong LastCommitTs => CommitTsOf(Transfers);

    public void Dispose()
    {
        _relay?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        History.Dispose();
        _folder.Dispose();
        _files.Dispose();
    }

    /// <summary>Fills the relay log.</summary>
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        _relay = await _folder.OpenAsync();
        var writer = new RelayWriter(_relay, History, TimeProvider.System, NullLogger.Instance);
        await writer.StartAtAsync(0, cancellationToken);
        List<MergedBinlog> batch =
        [
            RelayFolder.Transaction(BinlogBuilder.Ddl(10, DdlJob.Parse(System.Text.Encoding.UTF8.GetBytes(BenchTable.DatabaseJob(10))), BenchTable.CreateDatabase)),
            RelayFolder.Transaction(BinlogBuilder.Ddl(20, DdlJob.Parse(System.Text.Encoding.UTF8.GetBytes(BenchTable.TableJob(20))), BenchTable.CreateTable)),
            RelayFolder.Transaction(Opening()),
        ];
        var random = new Random(_seed);
        for (int transfer = 1; transfer <= Transfers; transfer++)
        {
            batch.Add(RelayFolder.Transaction(Transfer(transfer, random)));
            if (batch.Count == 200 || transfer == Transfers)
            {
                await writer.WriteAsync(batch, cancellationToken);
                batch = [];
            }
        }
    }

    /// <summary>How many transfers the target has; null before the opening. Fails when what it holds is not the state after exactly those.</summary>
    public async Task<int?> LookAsync(MySqlConnection connection)
    {
        List<string> rows;
        try
        {
            rows = await connection.RowsAsync($"SELECT id, k FROM {BenchTable.Database}.{BenchTable.Table} ORDER BY id");
        }
        catch (MySqlException error) when (error.Code is 1146 or 1049 or 1412)
        {
            return null;
        }

        if (rows.Count == 0)
        {
            return null;
        }

        Dictionary<int, int> found = rows.Select(row => row.Split('|')).ToDictionary(row => int.Parse(row[0], null), row => int.Parse(row[1], null));
        int transfers = found[CounterId];
        Assert.Equal(_balances[transfers], Enumerable.Range(0, _accounts).Select(account => found[account]));
        Assert.Equal(Enumerable.Range(FirstTransferId + 1, transfers), found.Keys.Where(id => id > FirstTransferId).Order());
        return transfers;
    }

    private static ulong CommitTsOf(int transfer) => 100 + (10 * (ulong)transfer);

    private ReadOnlyMemory<byte> Opening()
    {
        _balances.Add([.. Enumerable.Repeat(1000, _accounts)]);
        BinlogBuilder binlog = new BinlogBuilder(BenchTable.SchemaVersion).Table(BenchTable.TableId).Insert(CounterId, null, 0, "", "");
        for (int account = 0; account < _accounts; account++)
        {
            binlog.Insert(account, null, 1000, "", "");
        }

        return binlog.Commit(CommitTsOf(0));
    }

    private ReadOnlyMemory<byte> Transfer(int number, Random random)
    {
        int[] before = _balances[^1];
        int[] after = [.. before];
        int from = random.Next(_accounts);
        int to = (from + 1 + random.Next(_accounts - 1)) % _accounts;
        int amount = random.Next(100);
        after[from] -= amount;
        after[to] += amount;
        _balances.Add(after);
        return new BinlogBuilder(BenchTable.SchemaVersion).Table(BenchTable.TableId)
            .Update([from, before[from], "", ""], [from, after[from], "", ""])
            .Update([to, before[to], "", ""], [to, after[to], "", ""])
            .Update([CounterId, number - 1, "", ""], [CounterId, number, "", ""])
            .Insert(FirstTransferId + number, null, amount, "", "")
            .Commit(CommitTsOf(number));
    }
}
