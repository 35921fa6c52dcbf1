using Binlog.MySql;
using Binlog.Service.Configuration;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.MySql;
using Binlog.Service.Downstream.Sqlite;
using Binlog.Service.Drainer.Applying;
using Binlog.Service.Tests.Downstream.MySql;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Drainer.Applying;

/// <summary>Targets that were loaded by hand: they hold what comes later, and lack some of what was there.</summary>
public sealed class SafeModeTests(MySqlTestServer server) : IClassFixture<MySqlTestServer>
{
    private const string Table = "binlogd_bench.t";

    /// <summary>Rows that the rest of the history still changes: accounts, the counter, and transfers that are yet to come.</summary>
    private static readonly string[] Damage =
    [
        "DELETE FROM {0} WHERE id < 10",
        "UPDATE {0} SET k = -1 WHERE id BETWEEN 20 AND 29",
        "UPDATE {0} SET k = 5 WHERE id = 1000",
        "DELETE FROM {0} WHERE id BETWEEN 4500 AND 4600",
    ];

    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(nameof(ApplyConsistency.Transactional))]
    [InlineData(nameof(ApplyConsistency.Eventual))]
    public async Task Run_MariaDbFromLaterOnWithRowsMissing_EndsAsTheUpstream(string consistency)
    {
        await using MySqlConnection look = await server.EmptyAsync();
        using var bank = new BankHistory(accounts: 50, transfers: 3000, seed: 8);
        await bank.WriteAsync(Token);
        ApplyLimits limits = new() { Workers = 4, Transactions = 90, Consistency = Enum.Parse<ApplyConsistency>(consistency) };
        MySqlTarget Create() => new(server.Options());
        await RunAsync(bank, Create, limits, isFirst: true);
        foreach (string damage in Damage)
        {
            await look.ExecuteAsync(string.Format(null, damage, Table), Token);
        }

        await look.ExecuteAsync("UPDATE tidb_binlog.binlogd_checkpoint SET commit_ts=10100, parts_up_to=0", Token);
        TargetException strict = await Assert.ThrowsAsync<TargetException>(() => RunAsync(bank, Create, limits));
        Assert.False(strict.IsTransient);
        await look.ExecuteAsync("UPDATE tidb_binlog.binlogd_checkpoint SET commit_ts=10100, parts_up_to=0", Token);

        await RunAsync(bank, Create, limits with { SafeMode = ConsistencyPage.SafeMode.GetProperty("safeMode").GetBoolean() });

        Assert.Equal(bank.Transfers, await bank.LookAsync(look));
    }

    [Theory]
    [InlineData(nameof(ApplyConsistency.Transactional))]
    [InlineData(nameof(ApplyConsistency.Eventual))]
    public async Task Run_SqliteFromLaterOnWithRowsMissing_EndsAsTheUpstream(string consistency)
    {
        using var files = new TemporaryDirectory();
        using var bank = new BankHistory(accounts: 50, transfers: 3000, seed: 9);
        await bank.WriteAsync(Token);
        string file = files.Combine("target.db");
        ApplyLimits limits = new() { Workers = 4, Transactions = 90, Consistency = Enum.Parse<ApplyConsistency>(consistency) };
        SqliteTarget Create() => new(file, 1);
        ApplyProgress progress = await RunAsync(bank, Create, limits, isFirst: true);
        Assert.Equal(ApplyConsistency.Transactional, progress.Consistency);
        List<string> expected = Query(file, "SELECT id || '|' || k FROM \"binlogd_bench.t\" ORDER BY id");
        foreach (string damage in Damage)
        {
            Query(file, string.Format(null, damage, "\"binlogd_bench.t\""));
        }

        Query(file, "UPDATE binlogd_checkpoint SET commit_ts=10100");
        await Assert.ThrowsAsync<TargetException>(() => RunAsync(bank, Create, limits));
        Query(file, "UPDATE binlogd_checkpoint SET commit_ts=10100");

        progress = await RunAsync(bank, Create, limits with { SafeMode = true });

        Assert.True(progress.IsSafeMode);
        Assert.Equal(expected, Query(file, "SELECT id || '|' || k FROM \"binlogd_bench.t\" ORDER BY id"));
        Assert.Equal(50 + 1 + bank.Transfers, expected.Count);
    }

    private static async Task<ApplyProgress> RunAsync(BankHistory bank, Func<ITarget> create, ApplyLimits limits, bool isFirst = false)
    {
        var progress = new ApplyProgress();
        await using var applier = new Applier(create, bank.Relay, bank.History, limits, progress, TimeProvider.System, NullLogger.Instance);
        if (isFirst)
        {
            await applier.WriteFirstCheckpointAsync(new Checkpoint(0, 0), 0, Token);
        }

        await applier.RunToEndAsync(Token);
        return progress;
    }

    private static List<string> Query(string file, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        using SqliteDataReader reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
        {
            rows.Add(reader.GetString(0));
        }

        return rows;
    }
}
