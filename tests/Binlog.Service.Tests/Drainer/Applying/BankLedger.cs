using Binlog.MySql;
using Binlog.Service.Commands.Bench;
using Binlog.Service.Tests.Downstream.MySql;
using Binlog.Service.Tests.Drainer.Translating;

namespace Binlog.Service.Tests.Drainer.Applying;

/// <summary>
/// Transfers among accounts, each of which also writes its number into one row and inserts a row of its own; and what the table
/// must hold after any number of them.
/// </summary>
internal sealed class BankLedger
{
    private const int CounterId = 1000;
    private const int FirstTransferId = 2000;

    private readonly int _accounts;
    private readonly Random _random;
    private readonly List<int[]> _balances = [];

    public BankLedger(int accounts, int seed)
    {
        _accounts = accounts;
        _random = new Random(seed);
        _balances.Add([.. Enumerable.Repeat(1000, accounts)]);
    }

    /// <summary>The rows that the transfers begin with.</summary>
    public BinlogBuilder Opening()
    {
        BinlogBuilder binlog = new BinlogBuilder(BenchTable.SchemaVersion).Table(BenchTable.TableId).Insert(CounterId, null, 0, "", "");
        for (int account = 0; account < _accounts; account++)
        {
            binlog.Insert(account, null, 1000, "", "");
        }

        return binlog;
    }

    /// <summary>The next transfer.</summary>
    public BinlogBuilder Transfer()
    {
        int number = _balances.Count;
        int[] before = _balances[^1];
        int[] after = [.. before];
        int from = _random.Next(_accounts);
        int to = (from + 1 + _random.Next(_accounts - 1)) % _accounts;
        int amount = _random.Next(100);
        after[from] -= amount;
        after[to] += amount;
        _balances.Add(after);
        return new BinlogBuilder(BenchTable.SchemaVersion).Table(BenchTable.TableId)
            .Update([from, before[from], "", ""], [from, after[from], "", ""])
            .Update([to, before[to], "", ""], [to, after[to], "", ""])
            .Update([CounterId, number - 1, "", ""], [CounterId, number, "", ""])
            .Insert(FirstTransferId + number, null, amount, "", "");
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
}
